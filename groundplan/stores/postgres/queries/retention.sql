-- What may go after a while, and letting it go.

-- name: due_executions
-- Runs of plans that ended before a moment, without those that a kept run was forked from.
with recursive kept as (
    select run_id, forked_from from runs where finished_at is null or finished_at >= %(before)s
    union
    select runs.run_id, runs.forked_from from kept join runs on runs.run_id = kept.forked_from
)
select run_id from runs where run_id not in (select run_id from kept) order by created_at, run_id;

-- name: due_plannings
-- Planning runs from before a moment that are over, without those that a kept run was forked from.
with recursive known as (
    select run.run_id, run.created_at, goal.status, goal.details -> 'metadata' -> 'fork' ->> 'run_id' as forked_from
    from planning_runs run join goals goal using (goal_id)
), kept as (
    select run_id, forked_from from known
    where created_at >= %(before)s
        or status in ('pending', 'decomposing', 'executing')
        or exists (
            select from approvals approval join plan_versions plan using (plan_id, version)
            where approval.run_id = known.run_id and plan.status = 'awaiting_approval' and plan.latest
        )
    union
    select known.run_id, known.forked_from from kept join known on known.run_id = kept.forked_from
)
select run_id from known where run_id not in (select run_id from kept) order by created_at, run_id;

-- name: due_plans
-- Plans that are over since before a moment, if none of their runs is kept.
select plan_id from plan_versions
where latest
    and status in ('completed', 'failed', 'cancelled', 'rolled_back')
    and coalesce(updated_at, completed_at, created_at) < %(before)s
    and not exists (
        select from runs where runs.plan_id = plan_versions.plan_id and not runs.run_id = any(%(executions)s)
    )
order by created_at, plan_id;

-- name: forget_executions
-- Drop runs of plans with their ledgers.
with lines as (
    delete from ledger where run_id = any(%(run_ids)s)
)
delete from runs where run_id = any(%(run_ids)s);

-- name: forget_plannings
-- Drop planning runs.
delete from planning_runs where run_id = any(%(run_ids)s);

-- name: forget_traces
-- Drop what runs of either kind have left: checkpoints, answers of models, events.
with saved as (
    delete from checkpoints where thread_id = any(%(run_ids)s)
), held as (
    delete from checkpoint_blobs where thread_id = any(%(run_ids)s)
), written as (
    delete from checkpoint_writes where thread_id = any(%(run_ids)s)
), answered as (
    delete from model_answers where run_id = any(%(run_ids)s)
)
delete from events where run_id = any(%(run_ids)s);

-- name: forget_plans
-- Drop plans in all versions, and the goals of which nothing else is left.
with gone as (
    delete from plan_versions where plan_id = any(%(plan_ids)s) returning plan_id, goal_id
), told as (
    delete from events where plan_id = any(%(plan_ids)s)
), reported as (
    delete from feedback where plan_id = any(%(plan_ids)s)
), found as (
    delete from issues where plan_id = any(%(plan_ids)s)
), learned as (
    delete from past_tasks where plan_id = any(%(plan_ids)s)
)
delete from goals
where goal_id in (select goal_id from gone)
    and not exists (
        select from plan_versions other
        where other.goal_id = goals.goal_id and not other.plan_id = any(%(plan_ids)s)
    )
    and not exists (select from planning_runs run where run.goal_id = goals.goal_id);

-- name: hold_runs
-- Keep runs from being changed, and others from being opened, until the transaction ends.
lock table runs, planning_runs in share row exclusive mode;
