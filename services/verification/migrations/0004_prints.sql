-- How often a report was printed: the number stands on the document.
CREATE TABLE report_print (
  chunk_id text NOT NULL,
  place int NOT NULL,
  prints int NOT NULL,
  PRIMARY KEY (chunk_id, place)
);
