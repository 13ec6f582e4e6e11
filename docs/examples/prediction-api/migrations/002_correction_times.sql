-- Seconds since the UNIX epoch, of the last change; 0 for what was corrected before this column came.
ALTER TABLE corrections ADD COLUMN corrected_at BIGINT NOT NULL DEFAULT 0;
