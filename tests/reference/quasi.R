# The numbers of quasi.json: R 4.2.2, MASS 7.3.58.2, nlme 3.1.162.
# Run in this folder: Rscript quasi.R > quasi.json
# The loop is that of MASS::glmmPQL, run until eta stands still (glmmPQL stops at 1e-6).
suppressMessages({library(nlme); library(jsonlite)})
out <- list()
keep <- function(name, fixed, random, family, data, trials = NULL) {
  data$trials <- if (is.null(trials)) 1 else data[[trials]]
  start <- glm(fixed, family = family, data = data, weights = trials)
  w <- start$prior.weights
  eta <- start$linear.predictors
  z <- eta + start$residuals
  wz <- start$weights
  for (i in 1:200) {
    data$z <- z
    data$inverse <- 1 / wz
    fit <- lme(update(fixed, z ~ .), random = random, data = data, method = "ML",
               weights = varFixed(~inverse),
               control = lmeControl(msTol = 1e-14, tolerance = 1e-12, msMaxIter = 500,
                                    niterEM = 100, maxIter = 500, returnObject = TRUE))
    old <- eta
    eta <- fitted(fit)
    if (sum((eta - old)^2) < 1e-22 * sum(eta^2)) break
    mu <- family$linkinv(eta)
    slope <- family$mu.eta(eta)
    z <- eta + (start$y - mu) / slope
    wz <- w * slope^2 / family$variance(mu)
  }
  out[[name]] <<- list(beta = unname(fixef(fit)), std_error = unname(sqrt(diag(vcov(fit)))),
                       Sigma = unname(unclass(as.matrix(getVarCov(fit)))[, , drop = FALSE]),
                       sigma = fit$sigma)
}
bacteria <- read.csv("data/bacteria.csv")
keep("bacteria", y01 ~ drug + drugp + late, ~ 1 | ID, binomial(), bacteria)
epil <- read.csv("data/epil.csv")
keep("epil", y ~ lbase * prog + lage + V4, ~ 1 | subject, poisson(), epil)
# No random slope: nlme ends 2e-4 (of the covariance) short of its own minimum, as a Newton step from
# there shows; test_fixed_point_of_the_dense_twin has slopes.
cbpp <- read.csv("data/cbpp.csv")
cbpp$period <- factor(cbpp$period)
cbpp$share <- cbpp$incidence / cbpp$size
for (link in c("logit", "probit", "cloglog"))
  keep(paste("cbpp", link), share ~ period, ~ 1 | herd, binomial(link), cbpp, "size")
sleep <- read.csv("data/sleepstudy.csv")
names(sleep) <- tolower(names(sleep))
keep("sleep gamma", reaction ~ days, ~ 1 | subject, Gamma("log"), sleep)
cat(toJSON(out, digits = 12, auto_unbox = TRUE), "\n")
