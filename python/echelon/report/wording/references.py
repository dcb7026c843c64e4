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
    return tuple(sorted(work for name, work in WORKS.items() if re.search(rf"\b{name}\b", whole)))
