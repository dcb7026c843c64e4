# The numbers of predictions.json: R 4.2.2, lme4, glmmTMB 1.1.5, ordinal 2022.11.16.
# Run in this folder: Rscript predictions.R > predictions.json
suppressMessages({library(lme4); library(glmmTMB); library(ordinal); library(jsonlite)})
columns <- fromJSON("data/columns.json", simplifyVector = TRUE)
coded <- function(name) {
  path <- file.path("data", name)
  d <- read.csv(if (file.exists(path)) path else paste0(path, ".gz"), na.strings = "")
  for (v in names(d)) if (length(columns[[name]][[v]]) > 1)
    d[[v]] <- factor(as.character(d[[v]]), levels = columns[[name]][[v]])
  d
}
cbpp <- coded("cbpp.csv"); cbpp$period <- factor(cbpp$period); cbpp$herd <- factor(cbpp$herd)
sal <- coded("Salamanders.csv"); owls <- coded("Owls.csv")
wine <- coded("wine.csv"); wine$rating <- as.ordered(wine$rating)
tight <- glmmTMBControl(optCtrl = list(iter.max = 3000, eval.max = 6000, rel.tol = 1e-14, x.tol = 1e-10))
out <- list()
both <- function(m, rows, re.form, type) {
  p <- predict(m, newdata = rows, re.form = re.form, type = type, se.fit = TRUE)
  list(fit = unname(p$fit), se = unname(p$se.fit))
}
keep <- function(name, m, rows) out[[name]] <<- list(
  known_link = both(m, rows, NULL, "link"), known = both(m, rows, NULL, "response"),
  none_link = both(m, rows, NA, "link"), none = both(m, rows, NA, "response"))
keep("binomial", glmmTMB(cbind(incidence, size - incidence) ~ period + (1 | herd), cbpp, binomial, control = tight), cbpp[1:6, ])
zip <- glmmTMB(count ~ mined + (1 | site), sal, poisson, ziformula = ~ mined, control = tight)
keep("zip", zip, sal[1:6, ])
keep("hurdle", glmmTMB(count ~ mined + (1 | site), sal, truncated_poisson, ziformula = ~ mined, control = tight), sal[1:6, ])
owls$logsize <- log(owls$BroodSize)
keep("nbinom2", glmmTMB(SiblingNegotiation ~ FoodTreatment + offset(logsize) + (1 | Nest), owls, nbinom2, control = tight), owls[1:6, ])
kinds <- c("response", "pearson", "deviance", "working")
control <- glmerControl(optimizer = "bobyqa", tolPwrss = 1e-13, optCtrl = list(rhoend = 1e-10, maxfun = 1e5))
of <- function(m) sapply(kinds, function(k) unname(residuals(m, type = k))[1:8], simplify = FALSE)
out$residuals_binomial <- of(glmer(cbind(incidence, size - incidence) ~ period + (1 | herd), cbpp, binomial, control = control))
out$residuals_poisson <- of(glmer(SiblingNegotiation ~ FoodTreatment + offset(logsize) + (1 | Nest), owls, poisson, control = control))
m <- clm(rating ~ temp + contact, data = wine)
rows <- expand.grid(temp = levels(wine$temp), contact = levels(wine$contact))
p <- predict(m, newdata = rows, type = "prob", se.fit = TRUE, interval = TRUE)
out$ordinal <- list(fit = p$fit, se = p$se.fit, lower = p$lwr, upper = p$upr)
mm <- clmm(rating ~ temp + contact + (1 | judge), data = wine, control = clmm.control(gradTol = 1e-10))
out$ordinal_mixed <- list(fitted = unname(fitted(mm))[1:10])
cat(toJSON(out, digits = 12, auto_unbox = TRUE, pretty = TRUE))
