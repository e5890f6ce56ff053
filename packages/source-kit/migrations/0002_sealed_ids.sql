-- Ids that look as if they named somebody stand sealed from here on. False: this database may hold some from before, in clear.
ALTER TABLE source_state ADD COLUMN ids_sealed boolean NOT NULL DEFAULT false;
