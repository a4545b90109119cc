-- Validity is between moments: 'infinity' is no moment, and a catalogue that holds it could not be read. "For ever" is null.
ALTER TABLE app_ownership ADD CONSTRAINT app_ownership_validity CHECK (isfinite(effective_from) AND (effective_to IS NULL OR isfinite(effective_to)));
ALTER TABLE installation ADD CONSTRAINT installation_validity CHECK (isfinite(effective_from) AND (effective_to IS NULL OR isfinite(effective_to)));
ALTER TABLE subscription ADD CONSTRAINT subscription_validity CHECK (isfinite(effective_from) AND (effective_to IS NULL OR isfinite(effective_to)));
ALTER TABLE entitlement ADD CONSTRAINT entitlement_validity CHECK (isfinite(effective_from) AND (effective_to IS NULL OR isfinite(effective_to)));
ALTER TABLE meter_version ADD CONSTRAINT meter_version_validity CHECK (isfinite(effective_from));
ALTER TABLE price ADD CONSTRAINT price_validity CHECK (isfinite(effective_from));
