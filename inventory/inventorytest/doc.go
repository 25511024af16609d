// Package inventorytest proves implementations of inventory.Collector and
// inventory.Store: a sub-test for each rule of their comments.
package inventorytest
