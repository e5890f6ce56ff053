-- Rows of a published version are refused any change already; neither may all of them go at once, and a digest that is not
-- that of its document cannot come in.
CREATE TRIGGER policies_stay BEFORE TRUNCATE ON policy
  FOR EACH STATEMENT EXECUTE FUNCTION policy_is_immutable();
ALTER TABLE policy
  ADD CONSTRAINT version_is_positive CHECK (version >= 1),
  ADD CONSTRAINT digest_is_of_document CHECK (digest = encode(sha256(convert_to(canonical, 'UTF8')), 'hex'));
