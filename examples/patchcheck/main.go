// Command patchcheck says which patches a host needs, and how it knows.
package main

func main() {}
