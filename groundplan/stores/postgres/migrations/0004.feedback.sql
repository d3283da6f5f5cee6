-- depends: 0003.decisions
-- What people and outside systems report of plans, the issues they found, and how well tasks met their criteria.

create table feedback (
    entry_id         bigint generated always as identity,
    plan_id          text not null,
    idempotency_key  text not null,
    task_id          text,
    run_id           text,
    attempt          integer not null,
    at               timestamptz not null,
    digest           text not null,
    is_report        boolean not null,
    taken_by         integer,
    content          json not null,
    primary key (plan_id, idempotency_key)
);
comment on column feedback.is_report is 'the run takes its status as the outcome of the task; taken_by is the attempt that did';
create index feedback_in_order on feedback (plan_id, entry_id desc);
create index feedback_reports on feedback (run_id, task_id) where is_report;

create table issues (
    plan_id     text not null,
    issue_id    text not null,
    task_id     text,
    title       text not null,
    severity    text not null check (severity in ('low', 'medium', 'high', 'critical')),
    status      text not null check (status in ('open', 'escalated', 'closed')),
    opened_by   text not null,
    opened_at   timestamptz not null,
    changed_at  timestamptz not null,
    primary key (plan_id, issue_id)
);
create index issues_by_age on issues (opened_at desc);

create table evaluations (
    evaluation_id  text primary key,
    plan_id        text not null,
    task_id        text not null,
    run_id         text not null,
    judge          text not null check (judge in ('rule', 'model', 'person')),
    by             text not null,
    criterion      text not null,
    score          double precision not null check (score between 0 and 1),
    why            text not null,
    template       text,
    at             timestamptz not null
);
create index evaluations_of_plan on evaluations (plan_id, at desc);
create index evaluations_of_task on evaluations (task_id, at desc);
create index evaluations_of_template on evaluations (template) where template is not null;
