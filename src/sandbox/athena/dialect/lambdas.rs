//! Fields of a lambda's parameters: `x -> x.name` reads a field of a row, not a column of a table `x`.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{Expr, LambdaFunction, OneOrManyWithParens, VisitorMut};

use super::DialectError;
use super::build::{call, text};
use super::error::Visit;

/// The rewrite; it knows the parameters of the lambdas around a node.
#[derive(Default)]
pub struct Lambdas {
    parameters: Vec<Vec<String>>,
}

fn parameters(lambda: &LambdaFunction) -> Vec<String> {
    let name =
        |parameter: &datafusion::sql::sqlparser::ast::LambdaFunctionParameter| parameter.name.value.to_lowercase();
    match &lambda.params {
        OneOrManyWithParens::One(one) => vec![name(one)],
        OneOrManyWithParens::Many(many) => many.iter().map(name).collect(),
    }
}

impl VisitorMut for Lambdas {
    type Break = DialectError;

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> Visit {
        if let Expr::Lambda(lambda) = expr {
            self.parameters.push(parameters(lambda));
        }
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> Visit {
        match expr {
            Expr::Lambda(_) => {
                self.parameters.pop();
            }
            Expr::CompoundIdentifier(idents) => {
                let first = idents[0].value.to_lowercase();
                if self.parameters.iter().flatten().any(|parameter| *parameter == first) {
                    let root = Expr::Identifier(idents[0].clone());
                    let field = |root, ident: &datafusion::sql::sqlparser::ast::Ident| {
                        call("$field", vec![root, text(ident.value.clone())])
                    };
                    *expr = idents[1..].iter().fold(root, field);
                }
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }
}
