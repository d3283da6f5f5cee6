-- What the checkpointer writes, any number of rows at a time. The tables are LangGraph's own; reading is left to
-- its saver.

-- name: put_writes
-- What the nodes of a step wrote; the first one stays.
insert into checkpoint_writes (thread_id, checkpoint_ns, checkpoint_id, task_id, task_path, idx, channel, type, blob)
select * from unnest(
    %(thread_id)s::text[], %(checkpoint_ns)s::text[], %(checkpoint_id)s::text[], %(task_id)s::text[],
    %(task_path)s::text[], %(idx)s::int[], %(channel)s::text[], %(type)s::text[], %(blob)s::bytea[]
)
on conflict (thread_id, checkpoint_ns, checkpoint_id, task_id, idx) do nothing;

-- name: replace_writes
-- Errors, interrupts and answers to them; the last one stays.
insert into checkpoint_writes (thread_id, checkpoint_ns, checkpoint_id, task_id, task_path, idx, channel, type, blob)
select * from unnest(
    %(thread_id)s::text[], %(checkpoint_ns)s::text[], %(checkpoint_id)s::text[], %(task_id)s::text[],
    %(task_path)s::text[], %(idx)s::int[], %(channel)s::text[], %(type)s::text[], %(blob)s::bytea[]
)
on conflict (thread_id, checkpoint_ns, checkpoint_id, task_id, idx)
do update set channel = excluded.channel, type = excluded.type, blob = excluded.blob;

-- name: put_blobs
-- The values of channels, each version once.
insert into checkpoint_blobs (thread_id, checkpoint_ns, channel, version, type, blob)
select * from unnest(
    %(thread_id)s::text[], %(checkpoint_ns)s::text[], %(channel)s::text[], %(version)s::text[],
    %(type)s::text[], %(blob)s::bytea[]
)
on conflict (thread_id, checkpoint_ns, channel, version) do nothing;

-- name: put_checkpoints
-- Checkpoints; the same one again replaces its content.
insert into checkpoints (thread_id, checkpoint_ns, checkpoint_id, parent_checkpoint_id, checkpoint, metadata)
select * from unnest(
    %(thread_id)s::text[], %(checkpoint_ns)s::text[], %(checkpoint_id)s::text[], %(parent_checkpoint_id)s::text[],
    %(checkpoint)s::jsonb[], %(metadata)s::jsonb[]
)
on conflict (thread_id, checkpoint_ns, checkpoint_id)
do update set checkpoint = excluded.checkpoint, metadata = excluded.metadata;
