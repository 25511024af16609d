// Package rpm reads what rpm says is installed: the output of rpm -qa in the
// query format Format, and JSON lines with a package each. The rpm database
// itself is rpm's own business.
package rpm
