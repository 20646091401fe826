//! Functions that call themselves: OPA refuses them, and the interpreter would call until its stack is full. Leaves out
//! rules without arguments, of which the interpreter knows which it is at.

use std::collections::{BTreeMap, BTreeSet};

use regorus::unstable::{Expr, Literal, Module, Parser, Query, Ref, Rule, RuleAssign, RuleHead, Span};

use super::program::ProgramError;

/// The first function that calls itself, in some steps or in one.
pub(super) fn find(modules: &[Ref<Module>]) -> Option<ProgramError> {
    let mut calls: BTreeMap<String, (Span, BTreeSet<String>)> = BTreeMap::new();
    for module in modules {
        let Ok(parts) = Parser::get_path_ref_components(&module.package.refr) else { continue };
        let package = parts.iter().fold("data".to_owned(), |path, part| format!("{path}.{}", part.text()));
        let imports: BTreeMap<String, String> = module
            .imports
            .iter()
            .filter_map(|import| {
                let path = path_of(&import.refr)?;
                let last = path.rsplit('.').next().unwrap_or(&path).to_owned();
                Some((import.r#as.as_ref().map_or(last, |name| name.text().to_owned()), path))
            })
            .collect();
        for rule in &module.policy {
            let Rule::Spec { head, bodies, .. } = &**rule else { continue };
            let (RuleHead::Compr { refr, .. } | RuleHead::Set { refr, .. } | RuleHead::Func { refr, .. }) = head;
            let mut called = Vec::new();
            if let RuleHead::Func { assign: Some(RuleAssign { value, .. }), .. } = head {
                in_expression(value, &mut called);
            }
            for body in bodies {
                body.assign.iter().for_each(|assign| in_expression(&assign.value, &mut called));
                in_query(&body.query, &mut called);
            }
            let Some(name) = path_of(refr) else { continue };
            if !matches!(head, RuleHead::Func { .. }) {
                continue;
            }
            let known = calls.entry(format!("{package}.{name}"));
            let (_, known) = known.or_insert_with(|| (refr.span().clone(), BTreeSet::new()));
            known.extend(called.into_iter().map(|path| {
                let (first, rest) = path.split_once('.').unwrap_or((&path, ""));
                match imports.get(first) {
                    _ if first == "data" => path,
                    Some(import) if rest.is_empty() => import.clone(),
                    Some(import) => format!("{import}.{rest}"),
                    None => format!("{package}.{path}"),
                }
            }));
        }
    }
    calls.iter().find_map(|(name, (span, _))| {
        let mut seen = BTreeSet::new();
        let mut waiting = vec![name];
        while let Some(at) = waiting.pop() {
            for next in calls.get(at).into_iter().flat_map(|(_, called)| called) {
                if next == name {
                    return Some(ProgramError {
                        path: Some(span.source.file().clone()),
                        message: format!("function `{name}` calls itself (line {})", span.line),
                    });
                }
                if seen.insert(next) {
                    waiting.push(next);
                }
            }
        }
        None
    })
}

/// A path of names and texts, as `data.a.b`.
fn path_of(expression: &Expr) -> Option<String> {
    match expression {
        Expr::Var { span, .. } => Some(span.text().to_owned()),
        Expr::RefDot { refr, field, .. } => Some(format!("{}.{}", path_of(refr)?, field.0.text())),
        Expr::RefBrack { refr, index, .. } if matches!(**index, Expr::String { .. }) => {
            Some(format!("{}.{}", path_of(refr)?, index.span().text()))
        }
        _ => None,
    }
}

fn in_query(query: &Query, into: &mut Vec<String>) {
    for statement in &query.stmts {
        match &statement.literal {
            Literal::SomeVars { .. } => {}
            Literal::SomeIn { collection, .. } => in_expression(collection, into),
            Literal::Expr { expr, .. } | Literal::NotExpr { expr, .. } => in_expression(expr, into),
            Literal::Every { domain, query, .. } => {
                in_expression(domain, into);
                in_query(query, into);
            }
        }
        for with in &statement.with_mods {
            in_expression(&with.r#as, into);
            // a function that stands in for another is called in its place
            into.extend(path_of(&with.r#as));
        }
    }
}

fn in_expression(expression: &Expr, into: &mut Vec<String>) {
    let mut all = |list: &[&Expr]| list.iter().for_each(|one| in_expression(one, into));
    match expression {
        Expr::Array { items, .. } | Expr::Set { items, .. } => items.iter().for_each(|one| all(&[one])),
        Expr::Object { fields, .. } => fields.iter().for_each(|(_, key, value)| all(&[key, value])),
        Expr::ArrayCompr { term, query, .. } | Expr::SetCompr { term, query, .. } => {
            all(&[term]);
            in_query(query, into);
        }
        Expr::ObjectCompr { key, value, query, .. } => {
            all(&[key, value]);
            in_query(query, into);
        }
        Expr::Call { fcn, params, .. } => {
            params.iter().for_each(|one| all(&[one]));
            into.extend(path_of(fcn));
        }
        Expr::UnaryExpr { expr, .. } => all(&[expr]),
        Expr::RefDot { refr, .. } => all(&[refr]),
        Expr::RefBrack { refr, index, .. } => all(&[refr, index]),
        Expr::BinExpr { lhs, rhs, .. }
        | Expr::BoolExpr { lhs, rhs, .. }
        | Expr::ArithExpr { lhs, rhs, .. }
        | Expr::AssignExpr { lhs, rhs, .. } => all(&[lhs, rhs]),
        Expr::Membership { key, value, collection, .. } => {
            key.iter().for_each(|key| all(&[key]));
            all(&[value, collection]);
        }
        _ => {}
    }
}
