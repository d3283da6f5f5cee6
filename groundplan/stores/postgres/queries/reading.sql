-- What the plan store reads, and the changes that are too rare to be grouped.

-- name: get_goal
-- One goal with its present status.
select goal_id, agent_did, goal_text, status, created_at, details, error
from goals where goal_id = %(goal_id)s;

-- name: list_goals
-- Goals, latest first, of one status or all.
select goal_id, agent_did, goal_text, status, created_at, details, error
from goals
where %(status)s::text is null or status = %(status)s
order by created_at desc limit %(limit)s;

-- name: lock_goal
-- The status of a goal, held until the transaction ends.
select status from goals where goal_id = %(goal_id)s for update;

-- name: set_goal_status
-- Move a goal along; an error it has stays if none is given.
update goals set status = %(status)s, error = coalesce(%(error)s::json, error) where goal_id = %(goal_id)s;

-- name: get_run
-- One planning run.
select run_id, goal_id, mode, created_at from planning_runs where run_id = %(run_id)s;

-- name: list_runs
-- Planning runs, latest first, of one goal or all.
select run_id, goal_id, mode, created_at
from planning_runs
where %(goal_id)s::text is null or goal_id = %(goal_id)s
order by created_at desc limit %(limit)s;

-- name: get_plan
-- One version of a plan (the latest if none is named), its tasks as arrays in the plan's order.
select
    plan.plan_id, plan.version, plan.goal_id, plan.agent_did, plan.goal_text, plan.status, plan.created_at,
    plan.updated_at, plan.validated_at, plan.execution_started_at, plan.completed_at, plan.signing_key, plan.signature, plan.details,
    plan.risks,
    (
        select json_agg(
            json_build_array(
                task.spec, task.status, task.attempts, task.assigned_agent, task.started_at, task.completed_at,
                task.outputs, task.error
            ) order by task.position
        )
        from tasks task where task.plan_id = plan.plan_id and task.version = plan.version
    ) as tasks
from plan_versions plan
where plan.plan_id = %(plan_id)s
    -- The highest number, not the column `latest`: an old version cannot be made the present one by an update.
    and plan.version = coalesce(
        %(version)s::int, (select max(version) from plan_versions where plan_id = %(plan_id)s)
    );

-- name: lock_risks
-- The risks of a version as they stand, held until the transaction ends.
select coalesce(risks, details -> 'risks', '[]'::json) as risks
from plan_versions where plan_id = %(plan_id)s and version = %(version)s
for update;

-- name: set_risks
-- What progress and people have made of the risks of a version.
update plan_versions set risks = %(risks)s::json where plan_id = %(plan_id)s and version = %(version)s;

-- name: list_plans
-- The latest version of each plan, latest first, of one goal or status or all.
select
    plan_id, version, goal_id, agent_did, goal_text, status, task_count, created_at,
    coalesce(updated_at, created_at) as updated_at
from plan_versions
where latest
    and (%(goal_id)s::text is null or goal_id = %(goal_id)s)
    and (%(status)s::text is null or status = %(status)s)
order by created_at desc limit %(limit)s;

-- name: list_alerts
-- The risks over a threshold of plans that stand, the gravest first. Risks are written without their defaults.
select plan_id, version, plan.status, risk
from plan_versions plan
cross join lateral json_array_elements(coalesce(risks, details -> 'risks', '[]'::json)) as risk
cross join lateral (
    select (risk ->> 'probability')::float as probability, (%(weights)s::json ->> (risk ->> 'impact'))::float as weight
) as grave
where latest and plan.status = any(%(plan_statuses)s::text[])
    and coalesce(risk ->> 'status', 'open') = any(%(statuses)s::text[])
    and probability >= %(probability)s and weight >= %(weight)s
order by probability * weight desc, created_at desc limit %(limit)s;

-- name: list_versions
-- Every version of a plan, oldest first.
select version, reason, diff, stored_at as created_at
from plan_versions where plan_id = %(plan_id)s order by version;

-- name: lock_plan
-- Where a version stands, held until the transaction ends.
select
    status, goal_id, validated_at,
    latest and version = (select max(version) from plan_versions where plan_id = %(plan_id)s) as latest
from plan_versions
where plan_id = %(plan_id)s and version = %(version)s for update;

-- name: set_plan_status
-- Move a plan version along, with its times.
update plan_versions
set status = %(status)s, updated_at = %(updated_at)s, validated_at = %(validated_at)s,
    completed_at = %(completed_at)s
where plan_id = %(plan_id)s and version = %(version)s;

-- name: get_approval
-- The request for approval of a version (the latest if none is named).
select plan_id, version, run_id, reasons, requested_at, decision, decided_at, led_to, signature
from approvals
where plan_id = %(plan_id)s
    and version = coalesce(
        %(version)s::int, (select max(version) from plan_versions where plan_id = %(plan_id)s)
    );

-- name: list_waiting
-- Undecided requests for approval of latest versions that wait for it, oldest first.
select plan_id, version, run_id, reasons, requested_at, decision, decided_at, led_to, approval.signature
from approvals approval join plan_versions plan using (plan_id, version)
where decision is null and plan.status = 'awaiting_approval'
    and version = (select max(version) from plan_versions later where later.plan_id = plan.plan_id)
order by requested_at limit %(limit)s;

-- name: set_decision
-- Write the decision on a request.
update approvals set decision = %(decision)s, decided_at = %(decided_at)s, signature = %(signature)s
where plan_id = %(plan_id)s and version = %(version)s;

-- name: add_events
-- Write events in their order.
insert into events (type, at, goal_id, plan_id, run_id, data)
select type, at, goal_id, plan_id, run_id, data
from json_to_recordset(%(events)s::json) as event (
    type text, at timestamptz, goal_id text, plan_id text, run_id text, data json
);

-- name: read_events
-- Events after an id, in order.
select event_id, type, at, goal_id, plan_id, run_id, data
from events
where event_id > %(after)s and (%(plan_id)s::text is null or plan_id = %(plan_id)s)
order by event_id limit %(limit)s;

-- name: count_statuses
-- How many goals and latest plans there are by status.
select 'goals' as what, status, count(*) as number from goals group by status
union all
select 'plans', status, count(*) from plan_versions where latest group by status;

-- name: get_answer
-- The answer of a model to one prompt of one run.
select answer from model_answers where run_id = %(run_id)s and key = %(key)s;

-- name: answers_of_run
-- Every answer that was given to a run; in no order but always the same.
select answer from model_answers where run_id = %(run_id)s order by key;

-- name: ping
-- Whether the database answers.
select 1;
