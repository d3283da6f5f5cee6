-- depends: 0005.risks
-- What finished tasks took, beside what was forecast for them: what estimates are learned from.
--
-- Small on purpose: a row a task, the latest few hundred of each tool or text. It is filled from the ledgers of runs
-- that have ended, once each, and outlives them.

create table past_tasks (
    entry_id   bigint generated always as identity,
    run_id     text not null,
    task_id    text not null,
    plan_id    text not null,
    key        text not null,
    at         timestamptz not null,
    tool       text,
    text       text not null,
    kind       text not null,
    task_type  text not null,
    expected   double precision not null,
    said       double precision,
    seconds    double precision not null check (seconds >= 0),
    tokens     integer not null,
    cost       double precision not null,
    cpu_cores  double precision,
    memory_mb  double precision,
    forecast   json,
    primary key (run_id, task_id)
);
comment on column past_tasks.key is 'what counts as the same work: the tool, or the words of the name where there is none';
create index past_tasks_in_order on past_tasks (entry_id desc);
create index past_tasks_by_key on past_tasks (key, entry_id desc);
create index past_tasks_of_plan on past_tasks (plan_id);

alter table runs add column is_learned boolean not null default false;
comment on column runs.is_learned is 'what its tasks took is in past_tasks';
create index runs_to_learn_from on runs (finished_at desc)
    where finished_at is not null and forked_from is null and not is_learned;
