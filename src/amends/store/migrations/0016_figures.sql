-- The operator's figures count what happened within a period. Rulings and closings are few among the events, so their
-- index is small and most writes never touch it. Deadlines are found by a block range: it costs their writers nothing,
-- and the far ends of the few that lie years ahead do not spoil it.

CREATE INDEX event_milestones ON event (marketplace_id, type, at)
    WHERE type IN ('decided', 'appeal_decided', 'case_closed');
CREATE INDEX deadline_by_time ON deadline USING brin (due_at timestamptz_minmax_multi_ops)
    WITH (pages_per_range = 16, autosummarize = on);
CREATE INDEX staff_look_time ON staff_look (marketplace_id, at, look_id);
