-- Goals, planning runs, plans in all versions with their tasks, approvals, events, model answers.
--
-- JSON that was signed or must come back exactly is `json`, not `jsonb`: jsonb rewrites numbers (1e16 becomes
-- 10000000000000000, an integer), and what comes back would no longer be what was signed.

create table goals (
    goal_id     text primary key,
    agent_did   text not null,
    goal_text   text not null,
    status      text not null check (status in
                    ('pending', 'decomposing', 'ready', 'executing', 'completed', 'failed', 'cancelled')),
    created_at  timestamptz not null,
    details     json not null,
    error       json
);
comment on column goals.details is 'the other fields of the goal; defaults are left out';
create index goals_by_age on goals (created_at desc);
create index goals_by_status on goals (status, created_at desc);

create table planning_runs (
    run_id      text primary key,
    goal_id     text not null references goals on delete cascade,
    mode        text not null check (mode in ('steps', 'ends')),
    created_at  timestamptz not null
);
create index planning_runs_of_goal on planning_runs (goal_id, created_at desc);
create index planning_runs_by_age on planning_runs (created_at desc);

create table plan_versions (
    plan_id               text not null,
    version               integer not null check (version >= 1),
    goal_id               text not null,
    agent_did             text not null,
    goal_text             text not null,
    latest                boolean not null default true,
    status                text not null check (status in
                              ('pending', 'draft', 'validated', 'awaiting_approval', 'executing', 'replanning',
                               'completed', 'failed', 'cancelled', 'rolling_back', 'rolled_back')),
    task_count            integer not null check (task_count >= 0),
    created_at            timestamptz not null,
    updated_at            timestamptz,
    validated_at          timestamptz,
    execution_started_at  timestamptz,
    completed_at          timestamptz,
    stored_at             timestamptz not null,
    signing_key           text,
    signature             text,
    reason                text not null,
    diff                  json,
    details               json not null,
    primary key (plan_id, version)
);
comment on column plan_versions.details is 'the other fields of the plan, without its tasks; defaults are left out';
comment on column plan_versions.latest is 'true for exactly one version of each plan';
create unique index plan_versions_latest on plan_versions (plan_id) where latest;
create index plan_versions_by_age on plan_versions (created_at desc) where latest;
create index plan_versions_by_status on plan_versions (status, created_at desc) where latest;
create index plan_versions_of_goal on plan_versions (goal_id) where latest;

create table tasks (
    plan_id         text not null,
    version         integer not null,
    task_id         text not null,
    position        integer not null,
    status          text not null check (status in
                        ('pending', 'ready', 'executing', 'completed', 'failed', 'blocked', 'skipped',
                         'cancelled', 'in_doubt', 'compensated')),
    attempts        integer not null default 0 check (attempts >= 0),
    assigned_agent  text,
    started_at      timestamptz,
    completed_at    timestamptz,
    outputs         json,
    error           json,
    spec            json not null,
    primary key (plan_id, version, task_id),
    foreign key (plan_id, version) references plan_versions on delete cascade
);
comment on column tasks.spec is 'what was planned, and signed; what a run changes is in columns of its own';

create table approvals (
    plan_id       text not null,
    version       integer not null,
    run_id        text not null,
    reasons       json not null,
    requested_at  timestamptz not null,
    decision      json,
    decided_at    timestamptz,
    primary key (plan_id, version),
    foreign key (plan_id, version) references plan_versions on delete cascade
);
create index approvals_waiting on approvals (requested_at) where decision is null;

create table events (
    event_id  bigint generated always as identity primary key,
    type      text not null,
    at        timestamptz not null,
    goal_id   text,
    plan_id   text,
    run_id    text,
    data      json
);
create index events_of_plan on events (plan_id, event_id) where plan_id is not null;

-- Who writes events holds this lock until the commit, so that ids become visible in their order: a reader that
-- goes on after the last id it saw misses nothing. (A sequence alone gives ids in the order of drawing them.)
create function groundplan_order_events() returns trigger language plpgsql as $$
begin
    perform pg_advisory_xact_lock(710173302, 1);
    return null;
end
$$;
create trigger events_ordered before insert on events
    for each statement execute function groundplan_order_events();

create function groundplan_announce_events() returns trigger language plpgsql as $$
begin
    if exists (select from added) then
        perform pg_notify('groundplan_events', '');
    end if;
    return null;
end
$$;
create trigger events_announced after insert on events
    referencing new table as added
    for each statement execute function groundplan_announce_events();

create table model_answers (
    run_id  text not null,
    key     text not null,
    answer  json not null,
    primary key (run_id, key)
);
