-- Feedback, issues, evaluations.

-- name: record_feedback
-- Keep feedback with its issues and events, any number of rows at a time. What has its key already stays as it is.
with given as (
    select * from unnest(
        %(plan_id)s::text[], %(idempotency_key)s::text[], %(task_id)s::text[], %(run_id)s::text[], %(attempt)s::int[],
        %(at)s::timestamptz[], %(digest)s::text[], %(is_report)s::int[], %(content)s::json[], %(issues)s::json[],
        %(events)s::json[]
    ) with ordinality as g (
        plan_id, idempotency_key, task_id, run_id, attempt, at, digest, is_report, content, issues, events, n
    )
), stored as (
    insert into feedback (plan_id, idempotency_key, task_id, run_id, attempt, at, digest, is_report, content)
    select plan_id, idempotency_key, task_id, run_id, attempt, at, digest, is_report = 1, content
    from given order by n
    on conflict (plan_id, idempotency_key) do nothing
    returning plan_id, idempotency_key
), new_issues as (
    insert into issues (
        plan_id, issue_id, task_id, title, severity, status, opened_by, opened_at, changed_at
    )
    select
        plan_id, issue.issue_id, issue.task_id, issue.title, issue.severity, issue.status, issue.opened_by,
        issue.opened_at, issue.changed_at
    from stored
    join given using (plan_id, idempotency_key)
    cross join lateral json_to_recordset(given.issues) as issue (
        issue_id text, task_id text, title text, severity text, status text, opened_by text,
        opened_at timestamptz, changed_at timestamptz
    )
    where given.issues is not null
    order by plan_id, issue.issue_id
    on conflict (plan_id, issue_id) do update
    set status = excluded.status, severity = excluded.severity, changed_at = excluded.changed_at
    where issues.status <> 'closed'
), new_events as (
    insert into events (type, at, goal_id, plan_id, run_id, data)
    select event.type, event.at, event.goal_id, event.plan_id, event.run_id, event.data
    from stored
    join given using (plan_id, idempotency_key)
    cross join lateral rows from (
        json_to_recordset(given.events) as (
            type text, at timestamptz, goal_id text, plan_id text, run_id text, data json
        )
    ) with ordinality as event (type, at, goal_id, plan_id, run_id, data, position)
    where given.events is not null
    order by given.n, event.position
)
select n, stored.plan_id is not null as stored, known.digest
from given
left join stored using (plan_id, idempotency_key)
left join feedback known using (plan_id, idempotency_key)
order by n;

-- name: standings
-- Where plans and tasks of them stand, any number in one look: feedback comes a thousand times a second.
select
    version.goal_id, version.version, run.run_id, run.status as run_status, run.version as run_version,
    exists (
        select from tasks
        where tasks.plan_id = version.plan_id and tasks.version = version.version and tasks.task_id = given.task_id
    ) as has_task,
    exists (
        select from feedback
        where feedback.run_id = run.run_id and feedback.task_id = given.task_id and is_report and taken_by is null
    ) as is_reported,
    (
        select feedback.digest from feedback
        where feedback.plan_id = version.plan_id and feedback.idempotency_key = given.idempotency_key
    ) as digest,
    (
        select json_agg(json_build_array(ledger.attempt, ledger.kind) order by ledger.entry_id) from ledger
        where ledger.run_id = run.run_id and ledger.task_id = given.task_id
    ) as story
from unnest(%(plan_ids)s::text[], %(task_ids)s::text[], %(keys)s::text[])
    with ordinality as given (plan_id, task_id, idempotency_key, n)
left join plan_versions version on version.plan_id = given.plan_id and version.latest
left join lateral (
    select run_id, status, version from runs
    where runs.plan_id = version.plan_id and runs.forked_from is null
    order by created_at desc limit 1
) run on true
order by given.n;

-- name: list_feedback
-- Feedback on a plan, the latest first.
select plan_id, run_id, attempt, at, content as feedback from feedback
where plan_id = %(plan_id)s and (%(task_id)s::text is null or task_id = %(task_id)s)
order by entry_id desc limit %(limit)s;

-- name: task_reports
-- The latest that was told of each task in one run: its progress, what it took, and when it was last heard of.
with progress as (
    select event_id, at, told.task_id, told.attempt, told.percent
    from events cross join lateral json_to_record(data) as told (task_id text, attempt int, percent float8)
    where plan_id = %(plan_id)s and type = 'task.progress' and coalesce(run_id, '') = %(run_id)s
), told as (
    select distinct on (task_id)
        task_id, attempt, percent, max(percent) over (partition by task_id, attempt) as highest, at
    from progress where task_id is not null
    order by task_id, event_id desc
), own as (
    select entry_id, task_id, attempt, at, content ->> 'actuals' as actuals from feedback
    where plan_id = %(plan_id)s and task_id is not null and coalesce(run_id, '') = %(run_id)s
), said as (
    select distinct on (task_id) task_id, attempt, max(at) over (partition by task_id) as at
    from own order by task_id, entry_id desc
), took as (
    select distinct on (task_id) task_id, actuals::json from own where actuals is not null
    order by task_id, entry_id desc
)
select
    task_id, coalesce(told.attempt, said.attempt) as attempt, told.percent, told.highest, took.actuals,
    greatest(told.at, said.at) as heard_at
from told full join said using (task_id) left join took using (task_id);

-- name: told_of_plan
-- The plan's events of some types, in order.
select event_id, type, at, goal_id, plan_id, run_id, data from events
where plan_id = %(plan_id)s and type = any (%(types)s::text[])
order by event_id;

-- name: list_issues
-- Issues, the latest first.
select plan_id, issue_id, task_id, title, severity, status, opened_by, opened_at, changed_at from issues
where (%(plan_id)s::text is null or plan_id = %(plan_id)s)
    and (%(issue_id)s::text is null or issue_id = %(issue_id)s)
    and (%(status)s::text is null or status = %(status)s)
order by opened_at desc, issue_id limit %(limit)s;

-- name: find_report
-- The first report on a task that this attempt has taken or may take; looked for again and again, so it takes no lock.
select plan_id, idempotency_key, content, taken_by from feedback
where run_id = %(run_id)s and task_id = %(task_id)s and is_report
    and (taken_by is null or taken_by = %(attempt)s)
order by taken_by nulls last, entry_id limit 1;

-- name: take_report
-- Let an attempt have a report, unless another one has it.
update feedback set taken_by = %(attempt)s
where plan_id = %(plan_id)s and idempotency_key = %(idempotency_key)s
    and (taken_by is null or taken_by = %(attempt)s)
returning content;

-- name: return_report
-- Let another attempt have it.
update feedback set taken_by = null
where run_id = %(run_id)s and task_id = %(task_id)s and is_report and taken_by = %(attempt)s;

-- name: add_evaluations
-- Keep scores.
insert into evaluations (
    evaluation_id, plan_id, task_id, run_id, judge, by, criterion, score, why, template, at
)
select evaluation_id, plan_id, task_id, run_id, judge, by, criterion, score, why, template, at
from json_to_recordset(%(evaluations)s::json) as given (
    evaluation_id text, plan_id text, task_id text, run_id text, judge text, by text, criterion text,
    score float8, why text, template text, at timestamptz
)
on conflict (evaluation_id) do nothing;

-- name: list_evaluations
-- Scores, the latest first.
select evaluation_id, plan_id, task_id, run_id, judge, by, criterion, score, why, template, at from evaluations
where (%(plan_id)s::text is null or plan_id = %(plan_id)s) and (%(task_id)s::text is null or task_id = %(task_id)s)
order by at desc, evaluation_id limit %(limit)s;

-- name: template_scores
-- The mean over tasks of each task's mean score, by template.
select template, count(distinct plan_id) as plans, count(*) as tasks, avg(mean) as mean
from (
    select template, plan_id, run_id, task_id, avg(score) as mean from evaluations
    where template is not null group by template, plan_id, run_id, task_id
) scores
group by template order by avg(mean) desc, template;
