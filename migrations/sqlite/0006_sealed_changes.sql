-- Audit sequence number of the record of the change: who cuts the log off leaves documents that know more.
-- NULL: made before there was such a number.
ALTER TABLE document_version ADD COLUMN seq INTEGER;
