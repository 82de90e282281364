//! Tests of loading suites.
