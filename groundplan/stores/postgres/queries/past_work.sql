-- What finished tasks took: taken from the ledgers of ended runs, read by who learns.

-- name: only_learner
-- One process at a time takes runs in; the others have nothing to wait for.
select pg_try_advisory_xact_lock(710173302, 2) as alone;

-- name: runs_to_learn_from
-- Runs that have ended and were not taken in, the latest first.
select run_id from runs
where finished_at is not null and forked_from is null and not is_learned
order by finished_at desc limit %(limit)s;

-- name: finished_tasks
-- What the completed tasks of runs took, the latest of each run up to a number, in the order of completion. A report
-- from before a plan was run is about any run of it, another one about its own. Bounds, so that no sum overflows.
with said as (
    select distinct on (run.run_id, feedback.task_id)
        run.run_id, feedback.task_id, feedback.content -> 'actuals' as actuals
    from runs run
    join feedback on feedback.plan_id = run.plan_id and coalesce(feedback.run_id, run.run_id) = run.run_id
    where run.run_id = any(%(run_ids)s) and json_typeof(feedback.content -> 'actuals') = 'object'
    order by run.run_id, feedback.task_id, feedback.entry_id desc
)
select
    run.run_id, run.plan_id, task.spec, claim.at as began, done.at as ended, spent.tokens, spent.cost, said.actuals
from runs run
cross join lateral (
    select entry_id, task_id, attempt, at from ledger
    where ledger.run_id = run.run_id and ledger.kind = 'completed'
    order by entry_id desc limit %(each)s
) done
join ledger claim
    on claim.run_id = run.run_id and claim.task_id = done.task_id and claim.attempt = done.attempt
    and claim.kind = 'claimed'
join tasks task on task.plan_id = run.plan_id and task.version = run.version and task.task_id = done.task_id
cross join lateral (
    select coalesce(sum(least(tokens, 1e12)), 0) as tokens, coalesce(sum(least(cost, 1e12)), 0) as cost from ledger
    where ledger.run_id = run.run_id and ledger.task_id = done.task_id
        and ledger.kind in ('completed', 'failed', 'retrying')
) spent
left join said on said.run_id = run.run_id and said.task_id = done.task_id
where run.run_id = any(%(run_ids)s)
    and not exists (
        select from ledger
        where ledger.run_id = run.run_id and ledger.task_id = done.task_id and ledger.attempt = done.attempt
            and ledger.kind = 'in_doubt'
    )
order by run.finished_at, done.entry_id;

-- name: keep_past_tasks
-- Keep what tasks took; what is kept already stays as it is, also from the run that another one took it over from.
insert into past_tasks (
    run_id, task_id, plan_id, key, at, tool, text, kind, task_type, expected, said, seconds, tokens, cost, cpu_cores,
    memory_mb, forecast
)
select
    run_id, task_id, plan_id, key, at, tool, text, kind, task_type, expected, said, seconds, tokens, cost, cpu_cores,
    memory_mb, forecast
from rows from (
    json_to_recordset(%(tasks)s::json) as (
        run_id text, task_id text, plan_id text, key text, at timestamptz, tool text, text text, kind text,
        task_type text, expected float8, said float8, seconds float8, tokens bigint, cost float8, cpu_cores float8,
        memory_mb float8, forecast json
    )
) with ordinality as given (
    run_id, task_id, plan_id, key, at, tool, text, kind, task_type, expected, said, seconds, tokens, cost, cpu_cores,
    memory_mb, forecast, n
)
where not exists (
    select from past_tasks known
    where known.plan_id = given.plan_id and known.task_id = given.task_id and known.at = given.at
)
order by n
on conflict (run_id, task_id) do nothing;

-- name: trim_past_tasks
-- Keep the latest of each of these tools and texts.
delete from past_tasks
using (
    select run_id, task_id, row_number() over (partition by key order by entry_id desc) as place
    from past_tasks where key = any(%(keys)s)
) ranked
where ranked.place > %(most)s and past_tasks.run_id = ranked.run_id and past_tasks.task_id = ranked.task_id;

-- name: learned_from
-- These runs are taken in.
update runs set is_learned = true where run_id = any(%(run_ids)s);

-- name: latest_past_tasks
-- What tasks took, the latest first.
select
    run_id, task_id, plan_id, at, tool, text, kind, task_type, expected, said, seconds, tokens, cost, cpu_cores,
    memory_mb, forecast
from past_tasks order by entry_id desc limit %(limit)s;
