import DeckWire
import ModelFiles

/// The members of a request's body, read one by one with the checks that each needs. A member that is null is missing.
struct Fields {
    private let value: JSONValue

    /// Throws when `body` is no JSON object.
    init(_ body: [UInt8]) throws(APIError) {
        let value: JSONValue
        do throws(ModelFileError) {
            value = try JSONValue.parse(body, source: "the body")
        } catch {
            throw .invalid(error.reason)
        }
        try self.init(value, "the body")
    }

    init(_ value: JSONValue, _ what: String) throws(APIError) {
        guard case .object = value else { throw .invalid("\(what) is \(value.kind), not an object") }
        self.value = value
    }

    subscript(name: String) -> JSONValue? { value[name] }

    func string(_ name: String) throws(APIError) -> String? {
        guard let field = value[name] else { return nil }
        guard let text = field.string else { throw wrong(name, field, "a string") }
        return text
    }

    func required(_ name: String) throws(APIError) -> String {
        guard let text = try string(name) else { throw .invalid("\(name) is missing", param: name) }
        return text
    }

    func bool(_ name: String) throws(APIError) -> Bool? {
        guard let field = value[name] else { return nil }
        guard let flag = field.bool else { throw wrong(name, field, "a boolean") }
        return flag
    }

    func int(_ name: String, in range: ClosedRange<Int>) throws(APIError) -> Int? {
        guard let field = value[name] else { return nil }
        // Some clients write whole numbers with a fraction.
        guard let number = field.int ?? field.number.flatMap({ Int(exactly: $0) }) else {
            throw wrong(name, field, "an integer")
        }
        guard range.contains(number) else {
            let top =
                range.upperBound == .max ? "at least \(range.lowerBound)" : "\(range.lowerBound) to \(range.upperBound)"
            throw .invalid("\(name) must be \(top), not \(number)", param: name)
        }
        return number
    }

    func float(_ name: String, in range: ClosedRange<Double>) throws(APIError) -> Float? {
        guard let field = value[name] else { return nil }
        guard let number = field.number else { throw wrong(name, field, "a number") }
        guard range.contains(number) else {
            throw .invalid("\(name) must be \(range.lowerBound) to \(range.upperBound), not \(number)", param: name)
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
            throw .invalid("\(name) has \(elements.count) strings, at most \(limit) are possible", param: name)
        }
        return elements.compactMap(\.string)
    }

    /// Throws for a field that would change the answer and that nothing here does. `neutral` asks for nothing.
    func refuse(_ name: String, unless neutral: JSONValue...) throws(APIError) {
        guard let field = value[name], !neutral.contains(field) else { return }
        throw .invalid("\(name) is not supported", param: name)
    }

    func wrong(_ name: String, _ field: JSONValue, _ wanted: String) -> APIError {
        .invalid("\(name) must be \(wanted), not \(field.kind)", param: name)
    }
}
