//! The functions that exist, with their versions and aliases.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use uuid::Uuid;

use super::function::{Alias, Version};
use super::name::{self, FunctionName};
use crate::sandbox::wire::ApiError;

const LATEST: &str = "$LATEST";

/// A function: its current state, its published versions, its aliases.
#[derive(Debug)]
pub struct Function {
    pub latest: Arc<Version>,
    pub published: BTreeMap<u64, Arc<Version>>,
    pub aliases: BTreeMap<String, Alias>,
    /// Attempts to run it, those of asynchronous repetitions included.
    pub attempts: Arc<AtomicU64>,
    pub tags: BTreeMap<String, String>,
    last_number: u64,
}

/// All functions by name.
#[derive(Debug, Default)]
pub struct Registry {
    functions: BTreeMap<String, Function>,
}

impl Registry {
    /// Adds a function; one of that name must not exist.
    pub fn create(&mut self, latest: Arc<Version>) -> Result<(), ApiError> {
        if self.functions.contains_key(&latest.function) {
            let message = format!("Function already exist: {}", latest.function);
            return Err(ApiError::new(409, "ResourceConflictException", message));
        }
        let function = Function {
            published: BTreeMap::new(),
            aliases: BTreeMap::new(),
            attempts: Arc::default(),
            tags: BTreeMap::new(),
            last_number: 0,
            latest,
        };
        self.functions.insert(function.latest.function.clone(), function);
        Ok(())
    }

    pub fn functions(&self) -> impl Iterator<Item = &Function> {
        self.functions.values()
    }

    #[cfg(test)]
    pub fn get(&self, name: &str) -> Option<&Function> {
        self.functions.get(name)
    }

    pub fn find(&self, name: &str, arn: &str) -> Result<&Function, ApiError> {
        self.functions.get(name).ok_or_else(|| not_found(arn))
    }

    pub fn find_mut(&mut self, name: &str, arn: &str) -> Result<&mut Function, ApiError> {
        self.functions.get_mut(name).ok_or_else(|| not_found(arn))
    }

    /// The version that a name and qualifier stand for.
    pub fn resolve(&self, named: &FunctionName, arn: &str) -> Result<Arc<Version>, ApiError> {
        let function = self.find(&named.name, arn)?;
        let Some(qualifier) = &named.qualifier else { return Ok(Arc::clone(&function.latest)) };
        function.resolve(qualifier).ok_or_else(|| not_found(&format!("{arn}:{qualifier}")))
    }

    /// Removes a function, or one published version; yields the versions that went.
    pub fn delete(&mut self, named: &FunctionName, arn: &str) -> Result<Vec<Arc<Version>>, ApiError> {
        let function = self.find_mut(&named.name, arn)?;
        let Some(qualifier) = &named.qualifier else {
            return Ok(self.functions.remove(&named.name).map(Function::into_versions).unwrap_or_default());
        };
        if let Some(alias) = function.aliases.values().find(|it| it.version == *qualifier) {
            let message =
                format!("Version {qualifier} is used by alias {}: delete or update the alias first", alias.name);
            return Err(ApiError::new(409, "ResourceConflictException", message));
        }
        let published = qualifier.parse().ok().and_then(|it: u64| function.published.remove(&it));
        published.map(|it| vec![it]).ok_or_else(|| {
            let message =
                format!("{qualifier} cannot be deleted: only published versions can be, or the whole function");
            ApiError::client("InvalidParameterValueException", message)
        })
    }
}

impl Function {
    /// The version behind `$LATEST`, a number or an alias.
    pub fn resolve(&self, qualifier: &str) -> Option<Arc<Version>> {
        let qualifier = self.aliases.get(qualifier).map_or(qualifier, |it| &it.version);
        if qualifier == LATEST {
            return Some(Arc::clone(&self.latest));
        }
        self.published.get(&qualifier.parse().ok()?).cloned()
    }

    /// A version of what `$LATEST` is now. Unchanged since the last one, it is that one.
    pub fn publish(&mut self, description: Option<String>) -> Arc<Version> {
        if let Some(last) = self.published.get(&self.last_number).filter(|it| it.same_content(&self.latest)) {
            return Arc::clone(last);
        }
        self.last_number += 1;
        let version = Arc::new(self.latest.publish(self.last_number, description));
        self.published.insert(self.last_number, Arc::clone(&version));
        version
    }

    /// Adds an alias for an existing version.
    pub fn create_alias(&mut self, name: &str, version: &str, description: String) -> Result<Alias, ApiError> {
        if !name::is_identifier(name) || name.bytes().all(|it| it.is_ascii_digit()) {
            let message = format!(
                "Value '{name}' at 'name' failed to satisfy constraint: letters, digits, - and _, not a number"
            );
            return Err(ApiError::client("ValidationException", message));
        }
        if self.aliases.contains_key(name) {
            let message = format!("Alias already exists: {}:{name}", self.latest.function_arn);
            return Err(ApiError::new(409, "ResourceConflictException", message));
        }
        self.put_alias(Alias {
            name: name.to_owned(),
            version: version.to_owned(),
            description,
            revision: Uuid::new_v4(),
        })
    }

    /// Points an alias elsewhere, or describes it anew.
    pub fn update_alias(
        &mut self,
        name: &str,
        version: Option<String>,
        text: Option<String>,
    ) -> Result<Alias, ApiError> {
        let mut alias = self.alias(name)?.clone();
        alias.version = version.unwrap_or(alias.version);
        alias.description = text.unwrap_or(alias.description);
        alias.revision = Uuid::new_v4();
        self.put_alias(alias)
    }

    pub fn alias(&self, name: &str) -> Result<&Alias, ApiError> {
        self.aliases.get(name).ok_or_else(|| {
            let message = format!("Cannot find alias arn: {}:{name}", self.latest.function_arn);
            ApiError::new(404, "ResourceNotFoundException", message)
        })
    }

    fn put_alias(&mut self, alias: Alias) -> Result<Alias, ApiError> {
        let exists =
            alias.version == LATEST || alias.version.parse().is_ok_and(|it: u64| self.published.contains_key(&it));
        if !exists {
            return Err(not_found(&format!("{}:{}", self.latest.function_arn, alias.version)));
        }
        self.aliases.insert(alias.name.clone(), alias.clone());
        Ok(alias)
    }

    fn into_versions(self) -> Vec<Arc<Version>> {
        self.published.into_values().chain([self.latest]).collect()
    }
}

fn not_found(arn: &str) -> ApiError {
    ApiError::new(404, "ResourceNotFoundException", format!("Function not found: {arn}"))
}
