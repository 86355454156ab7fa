"""The configuration's sections: one module each, with its schema, its reader and its checks."""
