# The numbers of families.json: R 4.2.2, glmmTMB 1.1.5, ordinal 2022.11.16.
# Run in this folder: Rscript families.R > families.json
suppressMessages({library(glmmTMB); library(ordinal); library(jsonlite)})
read <- function(name) {
  path <- file.path("data", name)
  read.csv(if (file.exists(path)) path else paste0(path, ".gz"), na.strings = "")
}
columns <- fromJSON("data/columns.json", simplifyVector = TRUE)
coded <- function(name) {
  d <- read(name)
  for (v in names(d)) if (length(columns[[name]][[v]]) > 1)
    d[[v]] <- factor(as.character(d[[v]]), levels = columns[[name]][[v]])
  d
}
cbpp <- coded("cbpp.csv"); sal <- coded("Salamanders.csv"); sleep <- coded("sleepstudy.csv")
owls <- coded("Owls.csv"); petrol <- coded("petrol.csv"); wine <- coded("wine.csv"); wine$rating <- as.ordered(wine$rating)
sleep$seconds <- sleep$Reaction / 1000
petrol$yield <- petrol$Y / 100; petrol$ep <- petrol$EP / 100
out <- list()
tight <- glmmTMBControl(optCtrl = list(iter.max = 3000, eval.max = 6000, rel.tol = 1e-14, x.tol = 1e-10))
keep <- function(name, data, m) {
  # One Newton step on the exact gradient takes out what the optimiser leaves.
  o <- m$obj; par <- m$fit$par
  for (i in 1:3) par <- par - solve(optimHess(par, o$fn, o$gr, control = list(ndeps = rep(1e-4, length(par)))), as.vector(o$gr(par)))
  loglik <- -o$fn(par)
  hessian <- optimHess(par, o$fn, o$gr, control = list(ndeps = rep(1e-4, length(par))))
  out[[name]] <<- list(
    data = data, software = "glmmTMB", loglik = as.numeric(loglik),
    parameters = as.list(unname(par)), kinds = names(par), se = sqrt(diag(solve(hessian))),
    fixed = names(fixef(m)$cond), zero = names(fixef(m)$zi), dispersion = names(fixef(m)$disp),
    gradient = max(abs(o$gr(par))), family_params = as.list(family_params(m)))
}
b <- cbind(incidence, size - incidence) ~ period + (1 | herd)
for (link in c("probit", "cloglog")) keep(paste("binomial", link), "cbpp", glmmTMB(b, cbpp, binomial(link), control = tight))
sal$capped <- pmin(sal$count, 10); sal$rest <- 10 - sal$capped
keep("betabinomial", "sal", glmmTMB(cbind(capped, rest) ~ mined + (1 | site), sal, betabinomial(), control = tight))
keep("poisson sqrt", "owls", glmmTMB(SiblingNegotiation ~ FoodTreatment + (1 | Nest), owls, poisson("sqrt"), control = tight))
keep("zero with effects", "sal", glmmTMB(count ~ mined + (1 | site), sal, poisson, ziformula = ~ mined + (1 | site), control = tight))
keep("zero nbinom2", "sal", glmmTMB(count ~ mined + (1 | site), sal, nbinom2, ziformula = ~ 1, control = tight))
keep("hurdle poisson", "sal", glmmTMB(count ~ mined + (1 | site), sal, truncated_poisson, ziformula = ~ mined, control = tight))
keep("hurdle nbinom2", "sal", glmmTMB(count ~ mined + (1 | site), sal, truncated_nbinom2, ziformula = ~ mined + (1 | site), control = tight))
keep("nbinom2 dispersion", "sal", glmmTMB(count ~ mined + (1 | site), sal, nbinom2, dispformula = ~ mined, control = tight))
keep("nbinom1 slope", "owls", glmmTMB(SiblingNegotiation ~ FoodTreatment + offset(logBroodSize) + (FoodTreatment | Nest), owls, nbinom1, control = tight))
keep("gamma inverse", "sleep", glmmTMB(seconds ~ Days + (1 | Subject), sleep, Gamma("inverse"), control = tight))
keep("gaussian log", "sleep", glmmTMB(seconds ~ Days + (1 | Subject), sleep, gaussian("log"), control = tight))
keep("student", "sleep", glmmTMB(Reaction ~ Days + (Days | Subject), sleep, t_family(), control = tight))
keep("tweedie", "owls", glmmTMB(NegPerChick ~ FoodTreatment + (1 | Nest), owls, tweedie(), control = tight))
keep("beta dispersion", "petrol", glmmTMB(yield ~ ep + (1 | No), petrol, beta_family(), dispformula = ~ ep, control = tight))
keep("beta probit", "petrol", glmmTMB(yield ~ ep + (1 | No), petrol, beta_family("probit"), control = tight))
plain <- function(name, data, m, se = sqrt(diag(vcov(m)))) {
  out[[name]] <<- list(data = data, software = "ordinal", loglik = as.numeric(logLik(m)),
    names = names(coef(m)), est = unname(coef(m)), se = unname(se))
}
exact <- clm.control(gradTol = 1e-10, maxIter = 200)
# Not cauchit: clm puts the outer thresholds at -1e5 and 1e5, where that distribution has not ended.
for (link in c("logit", "probit", "cloglog", "loglog"))
  plain(paste("cumulative", link), "wine", clm(rating ~ temp + contact, data = wine, link = link, control = exact))
plain("cumulative nominal", "wine", clm(rating ~ temp, nominal = ~ contact, data = wine, control = exact))
plain("cumulative scale", "wine", clm(rating ~ temp + contact, scale = ~ temp, data = wine, control = exact))
for (kind in c("symmetric", "equidistant"))
  plain(paste("cumulative", kind), "wine", clm(rating ~ temp + contact, data = wine, threshold = kind, control = exact))
cat(toJSON(out, digits = NA, auto_unbox = TRUE, pretty = 1), "\n")
