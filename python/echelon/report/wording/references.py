"""Works that a report cites: only those whose names stand in its text.

Room: report/wording. Holds text; decides by the names of authors.
Takes: the sentences of a report.
Gives: entries in APA style, in order.
Source: the works themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

# What the text has to contain (a regular expression) -> the work, in APA style.
WORKS: Mapping[str, str] = {
    r"Satterthwaite": "Satterthwaite, F. E. (1946). An approximate distribution of estimates of "
    "variance components. Biometrics Bulletin, 2(6), 110-114.",
    r"Kenward": "Kenward, M. G., & Roger, J. H. (1997). Small sample inference for fixed effects "
    "from restricted maximum likelihood. Biometrics, 53(3), 983-997.",
    r"Nakagawa & Schielzeth": "Nakagawa, S., & Schielzeth, H. (2013). A general and simple method "
    "for obtaining R2 from generalized linear mixed-effects models. Methods in Ecology and "
    "Evolution, 4(2), 133-142.",
    r"Nakagawa et al": "Nakagawa, S., Johnson, P. C. D., & Schielzeth, H. (2017). The coefficient "
    "of determination R2 and intra-class correlation coefficient from generalized linear "
    "mixed-effects models revisited and expanded. Journal of the Royal Society Interface, 14(134), "
    "20170213.",
    r"Rights": "Rights, J. D., & Sterba, S. K. (2019). Quantifying explained variance in "
    "multilevel models: An integrative framework for defining R-squared measures. Psychological "
    "Methods, 24(3), 309-338.",
    r"Snijders": "Snijders, T. A. B., & Bosker, R. J. (2012). Multilevel analysis: An introduction "
    "to basic and advanced multilevel modeling (2nd ed.). Sage.",
    r"Raudenbush": "Raudenbush, S. W., & Bryk, A. S. (2002). Hierarchical linear models: "
    "Applications and data analysis methods (2nd ed.). Sage.",
    r"Edwards": "Edwards, L. J., Muller, K. E., Wolfinger, R. D., Qaqish, B. F., & Schabenberger, "
    "O. (2008). An R2 statistic for fixed effects in the linear mixed model. Statistics in "
    "Medicine, 27(29), 6137-6157.",
    r"McKelvey": "McKelvey, R. D., & Zavoina, W. (1975). A statistical model for the analysis of "
    "ordinal level dependent variables. Journal of Mathematical Sociology, 4(1), 103-120.",
    r"Tjur": "Tjur, T. (2009). Coefficients of determination in logistic regression models: A new "
    "proposal, the coefficient of discrimination. The American Statistician, 63(4), 366-372.",
    r"McFadden": "McFadden, D. (1974). Conditional logit analysis of qualitative choice behavior. "
    "In P. Zarembka (Ed.), Frontiers in econometrics (pp. 105-142). Academic Press.",
    r"Mundlak": "Mundlak, Y. (1978). On the pooling of time series and cross section data. "
    "Econometrica, 46(1), 69-85.",
    r"Hausman": "Hausman, J. A. (1978). Specification tests in econometrics. Econometrica, 46(6), "
    "1251-1271.",
    r"Dunn & Smyth": "Dunn, P. K., & Smyth, G. K. (1996). Randomized quantile residuals. Journal "
    "of Computational and Graphical Statistics, 5(3), 236-244.",
    r"Self & Liang": "Self, S. G., & Liang, K.-Y. (1987). Asymptotic properties of maximum "
    "likelihood estimators and likelihood ratio tests under nonstandard conditions. Journal of the "
    "American Statistical Association, 82(398), 605-610.",
    r"Stram & Lee": "Stram, D. O., & Lee, J. W. (1994). Variance components testing in the "
    "longitudinal mixed effects model. Biometrics, 50(4), 1171-1177.",
    r"Belsley": "Belsley, D. A., Kuh, E., & Welsch, R. E. (1980). Regression diagnostics: "
    "Identifying influential data and sources of collinearity. Wiley.",
    r"Peduzzi": "Peduzzi, P., Concato, J., Kemper, E., Holford, T. R., & Feinstein, A. R. (1996). "
    "A simulation study of the number of events per variable in logistic regression analysis. "
    "Journal of Clinical Epidemiology, 49(12), 1373-1379.",
    r"Maas": "Maas, C. J. M., & Hox, J. J. (2005). Sufficient sample sizes for multilevel "
    "modeling. Methodology, 1(3), 86-92.",
    r"Zeger": "Zeger, S. L., Liang, K.-Y., & Albert, P. S. (1988). Models for longitudinal data: A "
    "generalized estimating equation approach. Biometrics, 44(4), 1049-1060.",
    r"Vaida": "Vaida, F., & Blanchard, S. (2005). Conditional Akaike information for mixed-effects "
    "models. Biometrika, 92(2), 351-370.",
    r"Enders & Tofighi": "Enders, C. K., & Tofighi, D. (2007). Centering predictor variables in "
    "cross-sectional multilevel models: A new look at an old issue. Psychological Methods, 12(2), "
    "121-138.",
    r"Funder & Ozer": "Funder, D. C., & Ozer, D. J. (2019). Evaluating effect size in "
    "psychological research: Sense and nonsense. Advances in Methods and Practices in "
    "Psychological Science, 2(2), 156-168.",
    r"Matuschek": "Matuschek, H., Kliegl, R., Vasishth, S., Baayen, H., & Bates, D. (2017). "
    "Balancing Type I error and power in linear mixed models. Journal of Memory and Language, 94, "
    "305-315.",
    r"Bulmer \(1979\)": "Bulmer, M. G. (1979). Principles of statistics. Dover.",
    r"Fox \(2016\)": "Fox, J. (2016). Applied regression analysis and generalized linear models "
    "(3rd ed.). Sage.",
    r"Fox & Monette": "Fox, J., & Monette, G. (1992). Generalized collinearity diagnostics. "
    "Journal of the American Statistical Association, 87(417), 178-183.",
    r"Kish \(1965\)": "Kish, L. (1965). Survey sampling. Wiley.",
    r"Moulton": "Moulton, B. R. (1990). An illustration of a pitfall in estimating the effects "
    "of aggregate variables on micro units. Review of Economics and Statistics, 72(2), 334-338.",
    r"McNeish & Stapleton": "McNeish, D., & Stapleton, L. M. (2016). Modeling clustered data with "
    "very few clusters. Multivariate Behavioral Research, 51(4), 495-518.",
    r"Nieuwenhuis": "Nieuwenhuis, R., te Grotenhuis, M., & Pelzer, B. (2012). influence.ME: Tools "
    "for detecting influential data in mixed effects models. The R Journal, 4(2), 38-47.",
    r"Harrell": "Harrell, F. E. (2015). Regression modeling strategies (2nd ed.). Springer.",
    r"Loy & Hofmann": "Loy, A., & Hofmann, H. (2014). HLMdiag: A suite of diagnostics for "
    "hierarchical linear models in R. Journal of Statistical Software, 56(5), 1-28.",
    r"Brown & Forsythe": "Brown, M. B., & Forsythe, A. B. (1974). Robust tests for the equality "
    "of variances. Journal of the American Statistical Association, 69(346), 364-367.",
    r"Cook & Weisberg": "Cook, R. D., & Weisberg, S. (1982). Residuals and influence in "
    "regression. Chapman and Hall.",
    r"Schafer \(1999\)": "Schafer, J. L. (1999). Multiple imputation: A primer. Statistical "
    "Methods in Medical Research, 8(1), 3-15.",
    r"Pinheiro & Bates": "Pinheiro, J. C., & Bates, D. M. (2000). Mixed-effects models in S and "
    "S-PLUS. Springer.",
    r"Albert & Anderson": "Albert, A., & Anderson, J. A. (1984). On the existence of maximum "
    "likelihood estimates in logistic regression models. Biometrika, 71(1), 1-10.",
    r"Lange & Ryan": "Lange, N., & Ryan, L. (1989). Assessing normality in random effects "
    "models. The Annals of Statistics, 17(2), 624-642.",
    r"Mardia": "Mardia, K. V. (1970). Measures of multivariate skewness and kurtosis with "
    "applications. Biometrika, 57(3), 519-530.",
    r"Vittinghoff & McCulloch": "Vittinghoff, E., & McCulloch, C. E. (2007). Relaxing the rule "
    "of ten events per variable in logistic and Cox regression. American Journal of Epidemiology, "
    "165(6), 710-718.",
    r"Gelman & Hill": "Gelman, A., & Hill, J. (2007). Data analysis using regression and "
    "multilevel/hierarchical models. Cambridge University Press.",
    r"Aguinis et al\. \(2005\)": "Aguinis, H., Beaty, J. C., Boik, R. J., & Pierce, C. A. (2005). "
    "Effect size and power in assessing moderating effects of categorical variables using multiple "
    "regression: A 30-year review. Journal of Applied Psychology, 90(1), 94-107.",
    r"Bennett \(2001\)": "Bennett, D. A. (2001). How can I deal with missing data in my study? "
    "Australian and New Zealand Journal of Public Health, 25(5), 464-469.",
    r"Blanca": "Blanca, M. J., Alarcón, R., Arnau, J., Bono, R., & Bendayan, R. (2018). Effect of "
    "variance ratio on ANOVA robustness: Might 1.5 be the limit? Behavior Research Methods, 50(3), "
    "937-962.",
    r"Christensen, Pearson & Johnson": "Christensen, R., Pearson, L. M., & Johnson, W. (1992). "
    "Case-deletion diagnostics for mixed models. Technometrics, 34(1), 38-45.",
    r"Clarke \(2008\)": "Clarke, P. (2008). When can group level clustering be ignored? Multilevel "
    "models versus single-level models with sparse data. Journal of Epidemiology and Community "
    "Health, 62(8), 752-758.",
    r"DHARMa": "Hartig, F. (2022). DHARMa: Residual diagnostics for hierarchical "
    "(multi-level/mixed) regression models [R package].",
    r"James, Witten": "James, G., Witten, D., Hastie, T., & Tibshirani, R. (2013). An introduction "
    "to statistical learning: With applications in R. Springer.",
    r"McCullagh & Nelder": "McCullagh, P., & Nelder, J. A. (1989). Generalized linear models (2nd "
    "ed.). Chapman and Hall.",
    r"Muthén & Satorra": "Muthén, B. O., & Satorra, A. (1995). Complex sample data in structural "
    "equation modeling. Sociological Methodology, 25, 267-316.",
    r"Pinheiro & Chao": "Pinheiro, J. C., & Chao, E. C. (2006). Efficient Laplacian and adaptive "
    "Gaussian quadrature algorithms for multilevel generalized linear mixed models. Journal of "
    "Computational and Graphical Statistics, 15(1), 58-81.",
    r"Wilks 1963": "Wilks, S. S. (1963). Multivariate statistical outliers. Sankhya: The Indian "
    "Journal of Statistics, Series A, 25(4), 407-426.",
    r"McCulloch & Neuhaus": "McCulloch, C. E., & Neuhaus, J. M. (2011). Misspecifying the shape "
    "of a random effects distribution: Why getting it wrong may not matter. Statistical Science, "
    "26(3), 388-402.",
}


def works_cited(texts: Iterable[str]) -> tuple[str, ...]:
    """List the works whose authors are named in any of these texts.

    Parameters
    ----------
    texts : sentences, notes and titles of a report.

    Returns
    -------
    Entries in APA style, in alphabetical order.
    """
    whole = "\n".join(texts)
    return tuple(
        sorted(work for name, work in WORKS.items() if re.search(rf"\b{name}(?!\w)", whole))
    )
