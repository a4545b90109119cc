-- A percentile without its rank could be measured and never read.
ALTER TABLE meter_version ADD CONSTRAINT meter_version_percentile
  CHECK (aggregation <> 'PERCENTILE' OR (percentile IS NOT NULL AND percentile > 0 AND percentile <= 1));
