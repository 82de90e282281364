//! `junit.xml` as CodeBuild accepts it: whole on disk at any time, red until a case says otherwise.

mod consumer;
mod document;
mod parts;
mod sanitise;
#[cfg(test)]
mod tests;

pub use consumer::Junit;
