// The modules have what their types declare. Of a class for a reason only the types know its status and name.

import * as implemented from "../../src/index.js";
import * as declared from "../../types/index.js";

type Declared = typeof declared;
type Known = {
  [Name in keyof Declared]: Declared[Name] extends Declared["GatewayError"] ? Declared["GatewayError"] : Declared[Name];
};

export const agrees: Known = implemented;
