-- Names the process of a member, so that another on the same machine can see that it is gone. Null: the time limit alone decides.
ALTER TABLE log_member ADD COLUMN process text;
