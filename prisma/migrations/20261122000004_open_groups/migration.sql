-- The lag is asked for every second and the open groups at every change of owner: neither may read the history of all groups.
CREATE INDEX projection_group_open ON projection_group (shard, first) WHERE done_at IS NULL;
