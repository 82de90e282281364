//! Tests of YAML reading.
