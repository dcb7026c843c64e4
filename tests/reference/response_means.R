# The numbers of response_means.json: R 4.2.2, emmeans 1.8.4, glmmTMB 1.1.5, ordinal 2022.11.16.
# Run in this folder: Rscript response_means.R > response_means.json
suppressMessages({library(glmmTMB); library(ordinal); library(emmeans); library(jsonlite)})
columns <- fromJSON("data/columns.json", simplifyVector = TRUE)
coded <- function(name) {
  path <- file.path("data", name)
  d <- read.csv(if (file.exists(path)) path else paste0(path, ".gz"), na.strings = "")
  for (v in names(d)) if (length(columns[[name]][[v]]) > 1)
    d[[v]] <- factor(as.character(d[[v]]), levels = columns[[name]][[v]])
  d
}
tight <- glmmTMBControl(optCtrl = list(iter.max = 3000, eval.max = 6000, rel.tol = 1e-14, x.tol = 1e-10))
out <- list()
keep <- function(name, e) try({
  s <- if (inherits(e, "data.frame")) as.data.frame(e) else as.data.frame(summary(e, infer = c(TRUE, TRUE), adjust = "none", df = Inf))
  names(s)[which(names(s) == "SE") - 1] <- "estimate"
  ends <- grep("\\.LCL$|\\.UCL$", names(s)); names(s)[ends] <- c("low", "high")
  out[[name]] <<- as.list(s[intersect(c("estimate", "SE", "low", "high"), names(s))])
}, silent = TRUE)
cbpp <- coded("cbpp.csv"); cbpp$period <- factor(cbpp$period)
m <- glmmTMB(cbind(incidence, size - incidence) ~ period + (1 | herd), cbpp, binomial, control = tight)
e <- emmeans(m, ~ period)
keep("cbpp link", e); keep("cbpp response", summary(e, type = "response", infer = TRUE, df = Inf)); e2 <- regrid(e)
keep("cbpp odds ratio", summary(pairs(e), type = "response", adjust = "none", infer = TRUE, df = Inf))
keep("cbpp differences", pairs(e2, adjust = "none"))
m <- glmmTMB(cbind(incidence, size - incidence) ~ period + (1 | herd), cbpp, binomial("cloglog"), control = tight)
keep("cbpp cloglog response", summary(emmeans(m, ~ period), type = "response", infer = TRUE, df = Inf))
owls <- coded("Owls.csv")
m <- glmmTMB(SiblingNegotiation ~ FoodTreatment * SexParent + offset(log(BroodSize)) + (1 | Nest), owls, nbinom2, control = tight)
e <- emmeans(m, ~ FoodTreatment, df = Inf)
keep("owls response", summary(e, type = "response", infer = TRUE, df = Inf)); keep("owls rate ratio", summary(pairs(e), type = "response", infer = TRUE, df = Inf))
sal <- coded("Salamanders.csv")
m <- glmmTMB(count ~ spp + mined + (1 | site), sal, poisson, ziformula = ~ mined, control = tight)
keep("zip counts", summary(emmeans(m, ~ mined, df = Inf), type = "response", infer = TRUE, df = Inf))
keep("zip zero part", summary(emmeans(m, ~ mined, component = "zi", df = Inf), type = "response", infer = TRUE, df = Inf))
keep("zip response", emmeans(m, ~ mined, component = "response", df = Inf))
wine <- coded("wine.csv"); wine$rating <- as.ordered(wine$rating)
m <- clmm(rating ~ temp + contact + (1 | judge), wine, control = clmm.control(gradTol = 1e-10))
keep("wine latent", emmeans(m, ~ temp))
for (mode in c("prob", "cum.prob", "mean.class")) try(keep(paste("wine", mode), 
  if (mode == "prob") emmeans(m, ~ temp | rating, mode = mode) else if (mode == "cum.prob") emmeans(m, ~ temp | cut, mode = mode) else emmeans(m, ~ temp, mode = mode)), silent = FALSE)
cat(toJSON(out, digits = 16, auto_unbox = FALSE, pretty = TRUE), "\n")
