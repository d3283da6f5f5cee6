drop table model_answers, events, approvals, tasks, plan_versions, planning_runs, goals;
drop function groundplan_announce_events();
drop function groundplan_order_events();
