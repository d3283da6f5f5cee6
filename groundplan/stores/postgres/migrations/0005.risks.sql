-- What progress and people have made of a plan's risks. They are not signed, and change while the plan is run.

alter table plan_versions add column risks json;
comment on column plan_versions.risks is 'the risks as they stand; null as long as they are as planned, in details';
