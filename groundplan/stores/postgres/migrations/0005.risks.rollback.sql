alter table plan_versions drop column risks;
