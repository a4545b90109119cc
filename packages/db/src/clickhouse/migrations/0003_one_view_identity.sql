-- The insert tokens of a view's blocks are made of the group's token and the view's identity. The server takes a view's name for that when
-- it has made or loaded the view, and its UUID from `MODIFY QUERY` until the view is loaded the next time. So a group that was begun before
-- a restart of the server and sent again after it had two tokens, and was counted twice in what the views fill. A rename puts the name
-- back at once. Whoever changes a view's query must rename it there and back afterwards; a test inserts a group, loads the views
-- anew, and inserts it again.
--
-- Views are written in the order of their renames: the hours first, so that whoever sees usage in a minute finds it in its hour too.
RENAME TABLE event_identity_view TO event_identity_view_renamed
--------
RENAME TABLE event_identity_view_renamed TO event_identity_view
--------
RENAME TABLE rollup_hour_view TO rollup_hour_view_renamed
--------
RENAME TABLE rollup_hour_view_renamed TO rollup_hour_view
--------
RENAME TABLE rollup_minute_view TO rollup_minute_view_renamed
--------
RENAME TABLE rollup_minute_view_renamed TO rollup_minute_view
