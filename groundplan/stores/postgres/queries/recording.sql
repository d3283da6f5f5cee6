-- The writes that are grouped: each takes any number of rows, one array per column, and tells for each row
-- (`n`, from 1) what it found. A row that conflicts changes nothing.

-- name: receive_goals
-- Record goals with their runs. Events only with a goal that is new; a run only under the goal that it names.
with given as (
    select * from unnest(
        %(goal_id)s::text[], %(agent_did)s::text[], %(goal_text)s::text[], %(status)s::text[],
        %(created_at)s::timestamptz[], %(details)s::json[], %(run_id)s::text[], %(mode)s::text[],
        %(run_created_at)s::timestamptz[], %(events)s::json[]
    ) with ordinality as g (
        goal_id, agent_did, goal_text, status, created_at, details, run_id, mode, run_created_at, events, n
    )
), known as (
    select given.*, goals.goal_text as known_text, goals.agent_did as known_did, runs.goal_id as known_goal
    from given
    left join goals using (goal_id)
    left join planning_runs runs using (run_id)
), new_goals as (
    insert into goals (goal_id, agent_did, goal_text, status, created_at, details)
    select goal_id, agent_did, goal_text, status, created_at, details
    from known where known_text is null and known_goal is null
    on conflict (goal_id) do nothing
    returning goal_id
), new_runs as (
    insert into planning_runs (run_id, goal_id, mode, created_at)
    select run_id, goal_id, mode, run_created_at
    from known left join new_goals using (goal_id)
    where known_goal is null
        and (new_goals.goal_id is not null or (known_text, known_did) = (goal_text, agent_did))
    on conflict (run_id) do nothing
    returning run_id
), new_events as (
    insert into events (type, at, goal_id, plan_id, run_id, data)
    select event.type, event.at, event.goal_id, event.plan_id, event.run_id, event.data
    from new_goals
    join given using (goal_id)
    cross join lateral json_to_recordset(given.events) as event (
        type text, at timestamptz, goal_id text, plan_id text, run_id text, data json
    )
)
select n, new_runs.run_id is not null as stored, known_text, known_did, known_goal
from known left join new_runs using (run_id)
order by n;

-- name: commit_plans
-- Store plan versions with tasks, request for approval and events, and make their goals ready. A version that comes of a
-- decision on the one before takes its place only while that one waits, and the decision is written with it; one that
-- was made for a status of the one before, only while that has it.
with given as (
    select * from unnest(
        %(plan_id)s::text[], %(version)s::int[], %(goal_id)s::text[], %(agent_did)s::text[], %(goal_text)s::text[],
        %(status)s::text[], %(task_count)s::int[],
        %(created_at)s::timestamptz[], %(updated_at)s::timestamptz[], %(validated_at)s::timestamptz[],
        %(execution_started_at)s::timestamptz[], %(completed_at)s::timestamptz[], %(stored_at)s::timestamptz[],
        %(signing_key)s::text[], %(signature)s::text[], %(reason)s::text[], %(diff)s::json[], %(details)s::json[],
        %(tasks)s::json[], %(progress)s::json[], %(approval)s::json[], %(decided)s::json[],
        %(expects)s::text[], %(events)s::json[]
    ) with ordinality as g (
        plan_id, version, goal_id, agent_did, goal_text, status, task_count, created_at, updated_at, validated_at,
        execution_started_at, completed_at, stored_at, signing_key, signature, reason, diff, details,
        tasks, progress, approval, decided, expects, events, n
    )
), superseded as (
    update plan_versions before set latest = false
    from given
    where before.plan_id = given.plan_id and before.version = given.version - 1 and before.latest
        and (given.decided is null or before.status = 'awaiting_approval')
        and (given.expects is null or before.status = given.expects)
    returning before.plan_id, before.version
), stored as (
    insert into plan_versions (
        plan_id, version, goal_id, agent_did, goal_text, status, task_count, created_at, updated_at, validated_at,
        execution_started_at, completed_at, stored_at, signing_key, signature, reason, diff, details
    )
    select
        plan_id, given.version, goal_id, agent_did, goal_text, status, task_count, created_at, updated_at, validated_at,
        execution_started_at, completed_at, stored_at, signing_key, signature, reason, diff, details
    from given left join superseded using (plan_id)
    where given.version = 1 or superseded.plan_id is not null
    on conflict do nothing
    returning plan_id, version
), new_tasks as (
    insert into tasks (
        plan_id, version, task_id, position, status, attempts, assigned_agent, started_at, completed_at,
        outputs, error, spec
    )
    select
        plan_id, version, task.spec ->> 'task_id', task.position, coalesce(done.status, 'pending'),
        coalesce(done.attempts, 0), done.assigned_agent, done.started_at, done.completed_at,
        done.outputs, done.error, task.spec
    from stored
    join given using (plan_id, version)
    cross join lateral json_array_elements(given.tasks) with ordinality as task (spec, position)
    left join lateral json_to_record(given.progress -> (task.spec ->> 'task_id')) as done (
        status text, attempts int, assigned_agent text, started_at timestamptz, completed_at timestamptz,
        outputs json, error json
    ) on given.progress is not null
), new_approvals as (
    insert into approvals (plan_id, version, run_id, reasons, requested_at, decision, decided_at, led_to, signature)
    select
        plan_id, version, request.run_id, request.reasons, request.requested_at, request.decision, request.decided_at,
        request.led_to, request.signature
    from stored
    join given using (plan_id, version)
    cross join lateral json_to_record(given.approval) as request (
        run_id text, reasons json, requested_at timestamptz, decision json, decided_at timestamptz,
        led_to int, signature json
    )
    where given.approval is not null
), decisions as (
    update approvals before
    set decision = made.decision, decided_at = made.decided_at, led_to = made.led_to, signature = made.signature
    from stored
    join given using (plan_id, version)
    cross join lateral json_to_record(given.decided) as made (
        decision json, decided_at timestamptz, led_to int, signature json
    )
    where given.decided is not null
        and before.plan_id = given.plan_id and before.version = given.version - 1 and before.decision is null
), ready as (
    -- A goal that failed is ready again with the first version of a plan, as when its run was resumed.
    update goals set status = 'ready', error = null
    from stored join given using (plan_id, version)
    where goals.goal_id = given.goal_id
        and (goals.status in ('pending', 'decomposing') or (goals.status = 'failed' and given.version = 1))
), new_events as (
    insert into events (type, at, goal_id, plan_id, run_id, data)
    select event.type, event.at, event.goal_id, event.plan_id, event.run_id, event.data
    from stored
    join given using (plan_id, version)
    cross join lateral json_to_recordset(given.events) as event (
        type text, at timestamptz, goal_id text, plan_id text, run_id text, data json
    )
)
select
    n, stored.plan_id is not null as stored, known.version as known_version, known.signing_key, known.signature,
    coalesce((select max(version) from plan_versions p where p.plan_id = given.plan_id), 0) as latest
from given
left join stored using (plan_id, version)
left join plan_versions known using (plan_id, version)
order by n;

-- name: put_answers
-- Keep the answers of models; the first one for a run and prompt stays.
insert into model_answers (run_id, key, answer)
select * from unnest(%(run_id)s::text[], %(key)s::text[], %(answer)s::json[])
on conflict (run_id, key) do nothing;
