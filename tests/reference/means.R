# The numbers of means.json: R 4.2.2, emmeans 1.8.4.1, lme4 1.1.31, lmerTest 3.1.3.
# Run in this folder: Rscript means.R > means.json
suppressMessages({library(lme4); library(lmerTest); library(emmeans); library(jsonlite)})
set.seed(1)
out <- list()
keep <- function(name, x, ...) {
  rows <- as.data.frame(suppressMessages(summary(x, ...)))
  old <- c("emmean", "response", "ratio", "SE", "t.ratio", "z.ratio", "p.value",
           "lower.CL", "upper.CL", "asymp.LCL", "asymp.UCL", "F.ratio", "df1", "df2", "model term")
  new <- c("estimate", "estimate", "estimate", "std_error", "statistic", "statistic", "p_value",
           "conf_low", "conf_high", "conf_low", "conf_high", "statistic", "df_num", "df_den", "term")
  for (i in seq_along(old)) names(rows)[names(rows) == old[i]] <- new[i]
  if (any(is.infinite(rows$df))) rows$df <- "Inf"
  out[[name]] <<- rows
}
joint <- function(name, ...) {
  rows <- as.data.frame(suppressMessages(joint_tests(...)))
  # joint_tests rounds what it prints; the attributes do not
  out[[name]] <<- setNames(rows, sub("model term", "term", names(rows)))
}
wb <- read.csv("data/warpbreaks.csv", stringsAsFactors = TRUE)
wb$tension <- factor(wb$tension, levels = c("L", "M", "H"))
m <- lm(breaks ~ wool * tension, wb)
e <- suppressMessages(emmeans(m, ~tension))
for (a in c("scheffe", "sidak", "dunnettx", "mvt", "fdr"))
  keep(paste("control", a), contrast(e, "trt.vs.ctrl1"), infer = TRUE, adjust = a)
for (k in c("consec", "mean_chg", "eff", "poly")) keep(k, contrast(e, k), infer = TRUE, adjust = "none")
for (a in c("scheffe", "BH")) keep(paste("pairwise", a), pairs(e), infer = TRUE, adjust = a)
six <- pairs(emmeans(m, ~wool * tension))
for (a in c("mvt", "tukey")) keep(paste("six pairs", a), six, infer = TRUE, adjust = a)
for (a in c("sidak", "mvt", "scheffe", "bonferroni")) keep(paste("means", a), e, infer = TRUE, adjust = a)
keep("interaction", contrast(emmeans(m, ~wool * tension), interaction = c("pairwise", "poly")), infer = TRUE)
joint("joint", m)
joint("joint by wool", m, by = "wool")
# unbalanced, with a covariate that interacts, the logarithm as response
d <- wb[-c(1:5, 20, 33, 34, 50), ]
i <- seq_len(nrow(d))
d$x <- i %% 7 + as.numeric(d$tension)
d$w <- 1 + i %% 3
u <- lm(log(breaks) ~ wool * tension + x * wool, d)
for (w in c("equal", "proportional", "outer", "cells")) {
  keep(paste("tension", w), emmeans(u, ~tension, weights = w))
  keep(paste("wool", w), emmeans(u, ~wool, weights = w))
}
three <- lm(breaks ~ wool + tension + factor(w) + x, d)
for (w in c("equal", "proportional", "outer", "cells"))
  keep(paste("three factors", w), emmeans(three, ~wool, weights = w))
keep("response", emmeans(u, ~tension), type = "response")
keep("ratios", pairs(emmeans(u, ~tension)), type = "response", infer = TRUE)
keep("at", emmeans(u, ~wool | x, at = list(x = c(2, 5))))
keep("at pairs", pairs(emmeans(u, ~wool | x, at = list(x = c(2, 5)))), infer = TRUE)
keep("at averaged", emmeans(u, ~wool, at = list(x = c(2, 5, 9), tension = c("L", "H"))))
joint("joint unbalanced", u)
joint("joint unbalanced by wool", u, by = "wool")
v <- lm(breaks ~ wool + tension + x, d, weights = w)
for (w in c("proportional", "cells")) keep(paste("weighted", w), emmeans(v, ~wool, weights = w))
keep("sqrt", emmeans(lm(sqrt(breaks) ~ tension, wb), ~tension), type = "response")
# an empty cell
h <- lm(breaks ~ wool * tension, wb[!(wb$wool == "B" & wb$tension == "H"), ])
keep("empty", emmeans(h, ~wool * tension))
keep("empty tension", emmeans(h, ~tension))
keep("empty cells", emmeans(h, ~tension, weights = "cells"))
joint("joint empty", h)
# a mixed model, unbalanced
o <- read.csv("data/Oats.csv", stringsAsFactors = TRUE)
o$nf <- factor(o$nitro)
o <- o[-c(3, 17, 18, 40, 66), ]
tight <- lmerControl(optimizer = "nloptwrap", optCtrl = list(xtol_abs = 1e-12, ftol_abs = 1e-15))
r <- lmer(yield ~ Variety * nf + (1 | Block/Variety), o, control = tight)
for (df in c("satterthwaite", "asymptotic", "kenward-roger")) {
  emm_options(lmer.df = df)
  n <- suppressMessages(emmeans(r, ~nf))
  keep(paste("oats", df), n)
  keep(paste("oats pairs", df), pairs(n), infer = TRUE)
  keep(paste("oats dunnettx", df), contrast(n, "trt.vs.ctrl"), infer = TRUE)
}
emm_options(lmer.df = "asymptotic")
keep("oats control mvt", contrast(n <- emmeans(r, ~nf), "trt.vs.ctrl"), infer = TRUE, adjust = "mvt")
keep("oats pairs mvt", pairs(n), infer = TRUE, adjust = "mvt")
# pmvt at a tight error, as emmeans leaves it at 1e-3
set.seed(1)
exact <- function(name, x, df) {
  rows <- as.data.frame(x)
  q <- abs(rows$estimate / rows$SE)
  R <- cov2cor(vcov(x))
  tight <- mvtnorm::GenzBretz(maxpts = 5e7, abseps = 1e-6)
  tail <- sapply(q, function(z) 1 - mvtnorm::pmvt(rep(-z, nrow(R)), rep(z, nrow(R)), df = df,
                                                  corr = R, algorithm = tight))
  out[[name]] <<- data.frame(statistic = q, p_value = tail)
}
exact("oats pairs exact", pairs(n), 0)
exact("oats control exact", contrast(n, "trt.vs.ctrl"), 0)
exact("unbalanced consecutive exact", contrast(emmeans(u, ~wool * tension), "consec"), 37)
exact("unbalanced control exact", contrast(emmeans(u, ~wool * tension), "trt.vs.ctrl"), 37)
# an offset in the formula
t <- read.csv("data/Orthodont.csv", stringsAsFactors = TRUE)
t$Sex <- relevel(t$Sex, "Male")
keep("offset", emmeans(lmer(distance ~ Sex + offset(0.5 * age) + (1 | Subject), t,
  REML = FALSE, control = tight), ~Sex))
cat(toJSON(out, digits = NA, na = "null", pretty = FALSE))
