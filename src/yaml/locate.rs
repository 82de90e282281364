//! Places inside a scalar: from an offset in its text to a span in the file.
