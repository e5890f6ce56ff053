-- What each row of a report costs. The chunk of a row is written in the same transaction, before it, by the only code that writes rows: a
-- foreign key looks it up for each of a million rows and finds what cannot be missing.
ALTER TABLE ledger DROP CONSTRAINT ledger_chunk_no_fkey;

-- Rows come by date, so blocks of them hold few months: a summary of each block finds a period as well as an entry for every row.
DROP INDEX ledger_month;
CREATE INDEX ledger_month ON ledger USING brin (month) WITH (pages_per_range = 32, autosummarize = on);
