-- depends: 0002.execution
-- Decisions are signed, and an edit names the version that it led to.
--
-- `json`, as with everything that was signed: what comes back must be what went in.

alter table approvals add column led_to integer check (led_to > version);
alter table approvals add column signature json;
comment on column approvals.signature is 'covers the decision, its time, the plan that was decided on and what it led to';
