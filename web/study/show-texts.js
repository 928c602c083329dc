/** The first module of this page: it needs three others only, so the page has its texts before the rest is loaded. */
import { showTexts } from "../ui/page-texts.js";
import * as shared from "../ui/texts.js";
import * as texts from "./texts.js";

showTexts({ ...shared, ...texts });
