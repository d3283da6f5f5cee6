-- depends: 0001.initial
-- Runs of plans, the ledger of their tasks, and the lease that says who may write it.

create table runs (
    run_id        text primary key,
    plan_id       text not null,
    version       integer not null check (version >= 1),
    goal_id       text not null,
    agent_did     text not null,
    status        text not null check (status in
                      ('running', 'waiting', 'completed', 'failed', 'cancelled', 'rolling_back', 'rolled_back')),
    details       json not null,
    forked_from   text,
    created_at    timestamptz not null,
    finished_at   timestamptz,
    error         json,
    request       text check (request in ('cancel', 'drain', 'replan')),
    asked         json,
    owner         text,
    leased_until  timestamptz,
    epoch         integer not null default 0
);
comment on column runs.epoch is 'grows whenever a runner takes the lease; every write to the ledger names the one it holds';
comment on column runs.request is 'what somebody asks of the runner; asked says who and why';
create index runs_of_plan on runs (plan_id, created_at desc);
create index runs_by_age on runs (created_at desc);
create index runs_open on runs (status) where status in ('running', 'waiting', 'rolling_back');
-- A plan is run by one run at a time. Reruns, whose effects are stubbed, do not count.
create unique index runs_live on runs (plan_id)
    where status in ('running', 'waiting', 'rolling_back') and forked_from is null;

-- No reference to runs: the fence has locked the run's row before a line is written.
create table ledger (
    entry_id   bigint generated always as identity,
    run_id     text not null,
    task_id    text not null,
    attempt    integer not null,
    kind       text not null check (kind in
                   ('claimed', 'completed', 'failed', 'retrying', 'cancelled', 'skipped', 'blocked', 'in_doubt',
                    'reopened', 'compensating', 'compensated', 'not_compensated')),
    epoch      integer not null,
    at         timestamptz not null,
    agent      text,
    key        text,
    arguments  json,
    output     json,
    error      json,
    tokens     integer,
    cost       double precision,
    record     json,
    primary key (run_id, task_id, attempt, kind)
);
comment on table ledger is 'what was begun (claimed, before the effect) and what came of it; only ever added to';

-- Holds the runs' rows until the commit, so that nobody takes a lease between this check and the lines that follow.
create function groundplan_fence(run_ids text[], epochs integer[]) returns void language plpgsql as $$
declare
    stale text;
begin
    perform from runs where run_id = any(run_ids) order by run_id for share;
    select given.run_id into stale
    from unnest(run_ids, epochs) as given (run_id, epoch)
    left join runs using (run_id)
    where runs.epoch is distinct from given.epoch
    limit 1;
    if found then
        raise exception 'run % is held by another runner', stale using errcode = 'GP001';
    end if;
end
$$;
