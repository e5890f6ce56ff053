-- What the call has made, written in the transaction that made it: when the process dies before the answer is kept, a repeat is answered for that
-- and makes nothing again. With it the fingerprint of the request, to tell a repeat from another request.
ALTER TABLE idempotency_key
  ADD COLUMN made text,
  ADD COLUMN made_fingerprint text,
  ADD CHECK ((made IS NULL) = (made_fingerprint IS NULL));
