# Time one R program on one workload: Rscript peers.R SYSTEM FOLDER FORMULA REPETITIONS SECONDS
# FOLDER holds one little-endian file per column and columns.txt (name, kind); the lines printed
# are those of worker.py. Only the fit call is timed.
args <- commandArgs(TRUE)
system <- args[1]; folder <- args[2]; formula <- as.formula(args[3])
listing <- read.table(file.path(folder, "columns.txt"), col.names = c("name", "kind", "n"))
data <- as.data.frame(Map(function(name, kind, n) {
  path <- file.path(folder, name)
  if (kind == "f") readBin(path, "double", n) else factor(readBin(path, "integer", n))
}, listing$name, listing$kind, listing$n))
suppressMessages(library(system, character.only = TRUE))
fit <- switch(system,
  lme4 = function() lmer(formula, data, REML = FALSE, control = lmerControl(calc.derivs = FALSE)),
  glmmTMB = function() glmmTMB(formula, data))
peak <- function() {
  line <- grep("VmHWM", readLines("/proc/self/status"), value = TRUE)
  as.numeric(gsub("[^0-9]", "", line)) / 1024
}
cat(sprintf('@{"event": "ready", "base_mb": %f}\n', peak()))
spent <- 0
for (i in seq_len(as.integer(args[4]))) {
  took <- system.time(model <- fit())
  cat(sprintf('@{"event": "fit", "wall": %f, "cpu": %f, "peak_mb": %f, "criterion": %.10g, "note": ""}\n',
              took[["elapsed"]], took[["user.self"]] + took[["sys.self"]], peak(), -2 * logLik(model)))
  flush(stdout())
  spent <- spent + took[["elapsed"]]
  if (spent > as.numeric(args[5])) break
}
