//! Measures the interpreter against AWS's recorded answers.
