"""What leaves a case: releases and the reports, exports and packages made from them."""
