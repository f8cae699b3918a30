import DeckWire
import ModelFiles

/// The members of a request's body, read one by one with the checks that each needs. A member that is null is missing.
struct Fields: Sendable {
    private let value: JSONValue
    /// Bytes of the body.
    let byteCount: Int
    /// Where the object stands in the body, with a dot behind; empty for the body itself.
    private let place: String

    /// Throws when `body` is no JSON object, and for the first member that `table` does not let pass.
    init(_ body: [UInt8], _ table: FieldTable) throws(APIError) {
        let value: JSONValue
        do throws(ModelFileError) {
            value = try JSONValue.parse(body, source: "the body")
        } catch {
            throw .invalid(error.reason)
        }
        guard let members = value.object else { throw .invalid("the body must be an object, not \(value.shown)") }
        if let fault = table.fault(in: members) { throw .invalid(fault.reason, param: fault.path) }
        self.value = value
        byteCount = body.count
        place = ""
    }

    /// An object inside the body, whose members its table let pass.
    init(_ value: JSONValue, at place: String) throws(APIError) {
        guard case .object = value else {
            throw .invalid("\(place) must be an object, not \(value.shown)", param: place)
        }
        self.value = value
        byteCount = 0
        self.place = place + "."
    }

    subscript(name: String) -> JSONValue? { value[name] }

    func string(_ name: String) throws(APIError) -> String? {
        guard let field = value[name] else { return nil }
        guard let text = field.string else { throw wrong(name, field, "a string") }
        return text
    }

    func required(_ name: String) throws(APIError) -> String {
        guard let text = try string(name) else { throw invalid(name, "is missing") }
        return text
    }

    func bool(_ name: String) throws(APIError) -> Bool? {
        guard let field = value[name] else { return nil }
        guard let flag = field.bool else { throw wrong(name, field, "true or false") }
        return flag
    }

    func int(_ name: String, in range: ClosedRange<Int>) throws(APIError) -> Int? {
        guard let field = value[name] else { return nil }
        // Some clients write whole numbers with a fraction.
        guard let number = field.number, number == number.rounded() else { throw wrong(name, field, "a whole number") }
        guard let exact = field.int ?? Int(exactly: number), range.contains(exact) else {
            let isOpen = range.upperBound == .max && range.lowerBound > .min
            throw wrong(
                name, field, isOpen ? "at least \(range.lowerBound)" : "\(range.lowerBound) to \(range.upperBound)")
        }
        return exact
    }

    func float(_ name: String, in range: ClosedRange<Double>) throws(APIError) -> Float? {
        guard let field = value[name] else { return nil }
        guard let number = field.number else { throw wrong(name, field, "a number") }
        guard range.contains(number) else {
            let bounds = [range.lowerBound, range.upperBound].map { JSONValue.double($0).shown }
            throw wrong(name, field, "\(bounds[0]) to \(bounds[1])")
        }
        return Float(number)
    }

    /// A string, or an array of strings.
    func strings(_ name: String, limit: Int) throws(APIError) -> [String] {
        guard let field = value[name] else { return [] }
        if let text = field.string { return [text] }
        guard let elements = field.array, elements.allSatisfy({ $0.string != nil }) else {
            throw wrong(name, field, "a string or an array of strings")
        }
        guard elements.count <= limit else {
            throw invalid(name, "has \(elements.count) strings, at most \(limit) are possible")
        }
        return elements.compactMap(\.string)
    }

    func wrong(_ name: String, _ field: JSONValue, _ wanted: String) -> APIError {
        invalid(name, "must be \(wanted), not \(field.shown)")
    }

    /// The error that says something about a member, by its place in the body.
    func invalid(_ name: String, _ what: String) -> APIError {
        .invalid("\(place + name) \(what)", param: place + name)
    }
}
