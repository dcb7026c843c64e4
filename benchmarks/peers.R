# Time one R program on one workload:
#   Rscript peers.R SYSTEM TASK FOLDER FORMULA METHOD REPLICATES FAMILY NODES REPETITIONS SECONDS
# FOLDER holds one little-endian file per column and columns.txt (name, kind, length); the lines
# printed are those of worker.py. TASK is "fit", or inference on a fit that is made before: then
# the inference alone is timed. The value reported is that of workloads.py, `check`.
args <- commandArgs(TRUE)
system <- args[1]; task <- args[2]; folder <- args[3]; formula <- as.formula(args[4])
reml <- args[5] == "REML"; replicates <- as.integer(args[6])
family <- args[7]; nodes <- as.integer(args[8]); note <- ""
listing <- read.table(file.path(folder, "columns.txt"), col.names = c("name", "kind", "n"),
                      stringsAsFactors = FALSE)
data <- as.data.frame(Map(function(name, kind, n) {
  path <- file.path(folder, name)
  if (kind == "f") readBin(path, "double", n) else factor(readBin(path, "integer", n))
}, listing$name, listing$kind, listing$n))
quietly <- function(package) suppressMessages(library(package, character.only = TRUE))
quietly(system)
if (!system %in% c("glmmTMB", "ordinal")) quietly("lme4")

plain <- function(...) lme4::lmer(formula, data, REML = reml, ...)
if (task != "fit") {
  model <- if (system == "emmeans") lmerTest::lmer(formula, data, REML = reml)
           else plain()
  slopes <- diag(length(lme4::fixef(model)))[-1, , drop = FALSE]
}

# As users type it where there is a call for it; each test once, from one adjusted covariance.
kenward_roger <- function() {
  Phi <- vcov(model)
  PhiA <- pbkrtest::vcovAdj(model)
  beta <- lme4::fixef(model)
  error <- sqrt(diag(as.matrix(PhiA)))[-1]
  df <- apply(slopes, 1, function(row) pbkrtest::Lb_ddf(row, Phi, PhiA))
  p <- 2 * pt(-abs(beta[-1] / error), df)
  joint <- pbkrtest:::.KR_adjust(PhiA, Phi, slopes, beta, rep(0, nrow(slopes)))
  joint$ddf
}
satterthwaite <- function() {  # with the derivatives that lmerTest takes when it fits
  with_derivatives <- lmerTest::as_lmerModLmerTest(model)
  lmerTest::contest(with_derivatives, slopes, joint = FALSE)
  lmerTest::contest(with_derivatives, slopes)$DenDF
}
parameters <- function(m) c(lme4::fixef(m), theta = lme4::getME(m, "theta"), sigma = sigma(m))
bootstrap <- function() {
  draws <- lme4::bootMer(model, parameters, nsim = replicates, seed = 1)$t
  sd(draws[, if ("Days" %in% colnames(draws)) "Days" else "sigma"], na.rm = TRUE)
}
cooks <- function() {
  distances <- cooks.distance(influence(model, groups = names(lme4::getME(model, "flist"))[1]))
  J <- length(distances)
  sum(distances) * J / (J - length(lme4::fixef(model)))  # lme4 multiplies by (J - p) / J
}
means <- function(df_method) {  # its limits on rows are lifted: else it gives no degrees of freedom
  found <- emmeans::emmeans(model, "condition", lmer.df = df_method,
                            lmerTest.limit = Inf, pbkrtest.limit = Inf)
  sum(summary(pairs(found))$p.value)
}
# glmer with the faster of its optimisers and without its numerical derivatives, which favours it.
quick <- function() glmerControl(optimizer = "nloptwrap", calc.derivs = FALSE)
generalized <- switch(system,
  lme4 = function() if (family == "nbinom2") lme4::glmer.nb(formula, data, control = quick())
                    else lme4::glmer(formula, data, family, nAGQ = nodes, control = quick()),
  glmmTMB = function() glmmTMB::glmmTMB(formula, data, family),
  ordinal = function() ordinal::clmm(formula, data))
if (system == "lme4" && family == "nbinom2") note <- "expected information"
if (system == "glmmTMB" && nodes > 1) note <- "Laplace only"

run <- switch(task,
  fit = if (family != "gaussian")
    function() -2 * logLik(generalized())
    else if (system == "lme4")
    function() -2 * logLik(plain(control = lmerControl(calc.derivs = FALSE)))
    else function() -2 * logLik(glmmTMB::glmmTMB(formula, data)),
  kenward_roger = kenward_roger,
  satterthwaite = satterthwaite,
  profile = function() sum(suppressMessages(confint(model, method = "profile"))),
  bootstrap = bootstrap,
  influence = cooks,
  means = function() means("satterthwaite"),
  means_kr = function() means("kenward-roger"))

peak <- function() {
  line <- grep("VmHWM", readLines("/proc/self/status"), value = TRUE)
  as.numeric(gsub("[^0-9]", "", line)) / 1024
}
cat(sprintf('@{"event": "ready", "base_mb": %f}\n', peak()))
flush(stdout())
spent <- 0
for (i in seq_len(as.integer(args[9]))) {
  invisible(gc())
  took <- system.time(value <- suppressWarnings(run()))
  value <- if (is.finite(value)) sprintf("%.12g", as.numeric(value)) else "null"
  cat(sprintf('@{"event": "fit", "wall": %f, "cpu": %f, "peak_mb": %f, "criterion": %s, "note": "%s"}\n',
              took[["elapsed"]], took[["user.self"]] + took[["sys.self"]], peak(), value, note))
  flush(stdout())
  spent <- spent + took[["elapsed"]]
  if (spent > as.numeric(args[10])) break
}
