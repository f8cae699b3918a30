import HTTPTypes
import Hummingbird
import DeckWire
import ModelFiles

extension JSONValue: ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral,
    ExpressibleByStringLiteral, ExpressibleByStringInterpolation
{
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(Dictionary(elements) { _, last in last })
    }
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    public init(stringLiteral value: String) { self = .string(value) }
}

extension JSONValue {
    static func text(_ value: String?) -> JSONValue { value.map { .string($0) } ?? .null }
    static func number(_ value: Float?) -> JSONValue { value.map { .double(Double($0)) } ?? .null }
}

extension HTTPFields {
    static var json: HTTPFields { [.contentType: "application/json"] }
}

extension HTTPField.Name {
    static let retryAfter = HTTPField.Name("Retry-After")!
}

extension Response {
    /// A whole document.
    static func json(_ value: JSONValue, status: HTTPResponse.Status = .ok) -> Response {
        Response(status: status, headers: .json, body: ResponseBody(byteBuffer: ByteBuffer(bytes: value.text)))
    }

    static func text(_ text: String, type: String = "text/plain; charset=utf-8") -> Response {
        Response(
            status: .ok, headers: [.contentType: type], body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}
