"""Model inventories as people really keep them: read the file, plan what each row means, then import the plan.

`choosing` opens a file and finds its map, `plan` says what each row becomes; neither touches the database.
`importing` compares a plan with what is here and has `governance.acts.imports` write the difference.
"""
