/// What the demo's customers write: a small corpus of questions with blanks that are filled at random.
enum CustomerPrompts {
    private static let things = [
        "lamp", "blue jacket", "coffee machine", "garden chair", "phone", "bicycle", "backpack", "watch", "tent",
        "kettle",
    ]
    private static let days = ["last week", "yesterday", "on Monday", "two days ago", "this morning"]
    private static let shop = [
        "Where is my parcel?", "I ordered a {thing} {day}. Where is it?", "I want my money back for the {thing}.",
        "My new {thing} does not turn on.", "How much is the {thing}?", "Hello, who are you?", "I forgot my password.",
        "Are you open on Sunday?", "Please cancel my order of the {thing}.", "I need an invoice for the {thing}.",
        "What do you recommend as a gift?", "The {thing} that I bought {day} arrived damaged.",
        "Thank you for your help!",
        "How do I change my address?",
    ]
    private static let tables = [
        ("customers", ["name", "city", "age"]), ("orders", ["total", "status"]),
        ("products", ["price", "stock", "color"]),
        ("employees", ["salary", "department"]),
    ]
    private static let queries = [
        "Show all {table}.", "How many {table} are there?", "Count the {table} per {column}.",
        "Show the top {number} {table} with the highest {column}.", "List the {column} of all {table}.",
    ]
    private static let complaints = ["headache", "cough", "fever", "rash"]
    private static let visits = [
        "I have had a {complaint} for {number} days.", "What should I do about my {complaint}?",
        "My {complaint} started {day}.",
    ]

    /// A question for a tenant; nil is the base.
    static func prompt(for tenant: String?, using random: inout some RandomNumberGenerator) -> String {
        let templates =
            switch tenant {
            case "sql-helper": queries
            case "clinic-notes": visits
            default: shop
            }
        var text = pick(templates, &random)
        let table = pick(tables, &random)
        for (blank, value) in [
            ("{thing}", pick(things, &random)), ("{day}", pick(days, &random)), ("{table}", table.0),
            ("{column}", pick(table.1, &random)), ("{complaint}", pick(complaints, &random)),
            ("{number}", pick(["3", "4", "5"], &random)),
        ] {
            text = text.replacing(blank, with: value)
        }
        return text
    }

    private static func pick<Element>(_ choices: [Element], _ random: inout some RandomNumberGenerator) -> Element {
        choices[Int.random(in: choices.indices, using: &random)]
    }
}
