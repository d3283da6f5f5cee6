-- Runs, leases, and the ledger.

-- name: fence
-- Refuse the whole batch if one of these runs is held by another runner (GP001).
select groundplan_fence(%(run_id)s::text[], %(epoch)s::int[]);

-- name: append_ledger
-- Add entries, any number of rows at a time, fenced. The events of a row are written only with it.
with fence as materialized (
    select groundplan_fence(%(run_id)s::text[], %(epoch)s::int[])
), given as (
    select g.* from fence, unnest(
        %(run_id)s::text[], %(task_id)s::text[], %(attempt)s::int[], %(kind)s::text[], %(epoch)s::int[],
        %(at)s::timestamptz[], %(agent)s::text[], %(key)s::text[], %(arguments)s::json[], %(output)s::json[],
        %(error)s::json[], %(tokens)s::bigint[], %(cost)s::float8[], %(record)s::json[], %(events)s::json[]
    ) with ordinality as g (
        run_id, task_id, attempt, kind, epoch, at, agent, key, arguments, output, error, tokens, cost, record,
        events, n
    )
), stored as (
    insert into ledger (
        run_id, task_id, attempt, kind, epoch, at, agent, key, arguments, output, error, tokens, cost, record
    )
    select
        run_id, task_id, attempt, kind, epoch, at, agent, key, arguments, output, error, tokens, cost, record
    from given order by n
    on conflict (run_id, task_id, attempt, kind) do nothing
    returning run_id, task_id, attempt, kind
)
insert into events (type, at, goal_id, plan_id, run_id, data)
select event.type, event.at, event.goal_id, event.plan_id, given.run_id, event.data
from given
join stored using (run_id, task_id, attempt, kind)
cross join lateral rows from (
    json_to_recordset(given.events) as (type text, at timestamptz, goal_id text, plan_id text, data json)
) with ordinality as event (type, at, goal_id, plan_id, data, position)
where given.events is not null
order by given.n, event.position;

-- name: add_event_lists
-- Write lists of events in their order.
insert into events (type, at, goal_id, plan_id, run_id, data)
select event.type, event.at, event.goal_id, event.plan_id, event.run_id, event.data
from unnest(%(events)s::json[]) with ordinality as given (list, n)
cross join lateral rows from (
    json_to_recordset(given.list) as (type text, at timestamptz, goal_id text, plan_id text, run_id text, data json)
) with ordinality as event (type, at, goal_id, plan_id, run_id, data, position)
order by given.n, event.position;

-- name: read_ledger
-- Every entry of a run, in the order written.
select task_id, attempt, kind, epoch, at, agent, key, arguments, output, error, tokens, cost, record
from ledger where run_id = %(run_id)s order by entry_id;

-- name: insert_run
-- A run, once.
insert into runs (run_id, plan_id, version, goal_id, agent_did, status, details, forked_from, created_at)
values (%(run_id)s, %(plan_id)s, %(version)s, %(goal_id)s, %(agent_did)s, %(status)s, %(details)s, %(forked_from)s,
    %(created_at)s);

-- name: get_execution_run
-- One run.
select run_id, plan_id, version, goal_id, agent_did, status, details, forked_from, created_at, finished_at, error
from runs where run_id = %(run_id)s;

-- name: lock_run
-- One run, held until the transaction ends.
select
    run_id, plan_id, version, goal_id, agent_did, status, details, forked_from, created_at, finished_at, error, epoch
from runs where run_id = %(run_id)s for update;

-- name: open_run_of
-- The run of a plan that is not finished, if there is one.
select run_id from runs
where plan_id = %(plan_id)s and status in ('running', 'waiting', 'rolling_back') and forked_from is null;

-- name: list_execution_runs
-- Runs, latest first.
select run_id, plan_id, version, goal_id, agent_did, status, details, forked_from, created_at, finished_at, error
from runs
where (%(plan_id)s::text is null or plan_id = %(plan_id)s)
    and (%(status)s::text is null or status = %(status)s)
    and not (%(live)s and forked_from is not null)
order by created_at desc limit %(limit)s;

-- name: list_runs_in_doubt
-- Runs with a task in doubt, latest first: the doubt is the last that is known of it.
select run_id, plan_id, version, goal_id, agent_did, status, details, forked_from, created_at, finished_at, error
from runs
where forked_from is null and run_id in (
    select doubt.run_id from ledger as doubt
    where doubt.kind = 'in_doubt' and not exists (
        select from ledger as later
        where later.run_id = doubt.run_id and later.task_id = doubt.task_id
            and (later.attempt > doubt.attempt
                or later.attempt = doubt.attempt and later.kind not in ('claimed', 'in_doubt'))
    )
)
order by created_at desc limit %(limit)s;

-- name: set_run
-- Where a run stands. A request is done with when the run is over, a wish to replan when it is answered; one that is
-- taken up yields to no other.
update runs
set status = %(status)s, version = %(version)s, details = %(details)s, finished_at = %(finished_at)s,
    error = %(error)s, request = case when is_over or (request = 'replan' and is_answered) then null else request end,
    asked = case
        when is_over or (request <> 'cancel' and is_answered) then null
        when request = 'replan' and %(takes_wish)s then (asked::jsonb - %(yields)s::text)::json
        else asked
    end
from (
    select %(finished_at)s::timestamptz is not null as is_over, %(drops_wish)s or version <> %(version)s as is_answered
    from runs where run_id = %(run_id)s
) as step
where run_id = %(run_id)s;

-- name: take_lease
-- The lease, if it is free or has run out by the database's clock. A drain was for the runner before, the wish that it
-- has put aside is not.
update runs
set epoch = epoch + 1, owner = %(owner)s, leased_until = clock_timestamp() + make_interval(secs => %(seconds)s),
    request = case when request = 'drain' then case when asked -> 'then' is not null then 'replan' end else request end,
    asked = case when request = 'drain' then asked -> 'then' else asked end
where run_id = %(run_id)s
    and (owner is null or owner = %(owner)s or leased_until < clock_timestamp())
returning plan_id, goal_id, epoch;

-- name: lease_of
-- Who holds a run, and for how long yet.
select owner, extract(epoch from leased_until - clock_timestamp())::float8 as seconds_left
from runs where run_id = %(run_id)s;

-- name: renew_lease
-- Hold the lease from now on, and hear what is asked of the runner.
update runs set leased_until = clock_timestamp() + make_interval(secs => %(seconds)s)
where run_id = %(run_id)s and epoch = %(epoch)s
returning request, asked;

-- name: release_lease
-- Let the next one take it.
update runs set owner = null, leased_until = null where run_id = %(run_id)s and epoch = %(epoch)s;

-- name: lock_request
-- The request that lies at a run, held until the transaction ends.
select request, asked, status in ('running', 'waiting', 'rolling_back') as is_open
from runs where run_id = %(run_id)s for update;

-- name: set_request
-- Leave a request for the runner.
update runs set request = %(request)s, asked = %(asked)s where run_id = %(run_id)s;

-- name: asked
-- The request that lies there.
select request, asked from runs where run_id = %(run_id)s;

-- name: lock_latest_plan
-- The latest version of a plan, held until the transaction ends.
select version, status, goal_id, validated_at, execution_started_at, completed_at, updated_at from plan_versions
where plan_id = %(plan_id)s and latest for update;

-- name: lock_plan_version
-- One version of a plan, held until the transaction ends.
select version, status, goal_id, validated_at, execution_started_at, completed_at, updated_at from plan_versions
where plan_id = %(plan_id)s and version = %(version)s for update;

-- name: move_plan
-- A plan version's status and times.
update plan_versions
set status = %(status)s, updated_at = %(updated_at)s, execution_started_at = %(execution_started_at)s,
    completed_at = %(completed_at)s
where plan_id = %(plan_id)s and version = %(version)s;

-- name: keep_progress
-- What a run has made of the tasks of a plan version.
update tasks
set status = done.status, attempts = coalesce(done.attempts, 0), assigned_agent = done.assigned_agent,
    started_at = done.started_at, completed_at = done.completed_at, outputs = done.outputs, error = done.error
from json_each(%(progress)s::json) as given (task_id, fields)
cross join lateral json_to_record(given.fields) as done (
    status text, attempts int, assigned_agent text, started_at timestamptz, completed_at timestamptz,
    outputs json, error json
)
where tasks.plan_id = %(plan_id)s and tasks.version = %(version)s and tasks.task_id = given.task_id;
